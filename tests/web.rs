//! A web server on this machine, for tests that read from one.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a web server can do.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Skill {
    /// Ranges, entity tags, and heads.
    All,
    /// Whole files.
    Little,
}

/// A web server with one file, which notes what it is asked for.
pub(crate) struct Web {
    port: u16,
    pub(crate) content: Arc<Mutex<Vec<u8>>>,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl Web {
    /// One that goes on until the tests end.
    pub(crate) fn start(skill: Skill, content: &str) -> Web {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let web = Web { port, content: Arc::new(Mutex::new(content.into())), asked: Arc::default() };
        let (content, asked) = (Arc::clone(&web.content), Arc::clone(&web.asked));
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (content, asked) = (Arc::clone(&content), Arc::clone(&asked));
                std::thread::spawn(move || answer(stream, skill, &content, &asked));
            }
        });
        web
    }

    /// Where something is.
    pub(crate) fn url(&self, rest: &str) -> String {
        format!("http://127.0.0.1:{}/{rest}", self.port)
    }
}

fn answer(stream: TcpStream, skill: Skill, content: &Mutex<Vec<u8>>, asked: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let range =
        headers.iter().find_map(|line| line.to_ascii_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
    asked.lock().unwrap().push(format!("{} {}", first.split(' ').next().unwrap(), range.clone().unwrap_or_default()));
    let content = content.lock().unwrap().clone();
    let size = content.len();
    let (mut status, mut more, mut body) = ("200 OK", String::new(), content.clone());
    if skill == Skill::All {
        more = format!("ETag: \"{size}\"\r\nLast-Modified: Mon, 02 Mar 2026 00:00:00 GMT\r\n");
    }
    if let Some((from, to)) = range.as_deref().filter(|_| skill == Skill::All).and_then(|range| range.split_once('-')) {
        let (from, to) = (from.parse::<usize>().unwrap(), to.parse::<usize>().unwrap().min(size - 1));
        (status, body) = ("206 Partial Content", content[from..=to].to_vec());
        more += &format!("Content-Range: bytes {from}-{to}/{size}\r\n");
    }
    if first.starts_with("HEAD") && skill == Skill::Little {
        (status, body) = ("405 Method Not Allowed", Vec::new());
    } else if !first.contains("/logs/a%20b.json") {
        (status, body) = ("404 Not Found", Vec::new());
    }
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{more}\r\n", body.len());
    let mut stream = stream;
    let _ = stream.write_all(head.as_bytes());
    if !first.starts_with("HEAD") {
        let _ = stream.write_all(&body);
    }
}
