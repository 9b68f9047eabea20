//! The file of what could not be read: each record once, however often its source is read.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::PathBuf;

use twox_hash::XxHash64;

use super::super::json::write_text;
use super::super::report::Reject;
use super::layout::Layout;
use crate::error::{Error, Result};

/// Rejects since the last commit, in a draft.
pub(super) struct Rejects {
    draft: PathBuf,
    new: Option<BufWriter<File>>,
    /// The length of the file that counts; what lies behind is of a run that was killed.
    settled: Option<u64>,
    settled_path: PathBuf,
}

impl Rejects {
    pub(super) fn open(layout: &Layout, settled: Option<u64>) -> Result<Rejects> {
        Ok(Rejects { draft: layout.drafts().join("rejects"), new: None, settled, settled_path: layout.rejects() })
    }

    pub(super) fn add(&mut self, reject: &Reject) -> Result<()> {
        let io = |cause| Error::io(&self.draft, cause);
        let file = match &mut self.new {
            Some(file) => file,
            None => self.new.insert(BufWriter::new(File::create(&self.draft).map_err(io)?)),
        };
        let mut line = String::from("{\"file\":");
        write_text(&reject.file.to_string_lossy(), &mut line);
        line.push_str(&format!(",\"line\":{},\"offset\":{},\"reason\":", reject.place.line, reject.place.offset));
        write_text(&reject.reason, &mut line);
        line.push_str(",\"text\":");
        write_text(&reject.text, &mut line);
        line.push_str("}\n");
        file.write_all(line.as_bytes()).map_err(io)
    }

    /// Adds what is new to the file; gives its length, and its path when there was anything to add.
    pub(super) fn settle(&mut self, layout: &Layout) -> Result<(u64, Option<PathBuf>)> {
        let Some(new) = self.new.take() else { return Ok((self.length()?, None)) };
        let path = layout.rejects();
        let io = |cause| Error::io(&path, cause);
        new.into_inner().map_err(|error| Error::io(&self.draft, error.into_error()))?;
        let settled = self.length()?;
        let mut options = File::options();
        let mut file = options.create(true).truncate(false).read(true).write(true).open(&path).map_err(io)?;
        file.set_len(settled).map_err(io)?;
        let mut known = HashSet::new();
        each_line(&file, |line| {
            known.insert(hash(line));
            Ok(())
        })
        .map_err(io)?;
        file.seek(SeekFrom::End(0)).map_err(io)?;
        let draft = File::open(&self.draft).map_err(|cause| Error::io(&self.draft, cause))?;
        let mut out = BufWriter::new(file);
        each_line(&draft, |line| if known.insert(hash(line)) { out.write_all(line) } else { Ok(()) }).map_err(io)?;
        let file = out.into_inner().map_err(|error| io(error.into_error()))?;
        file.sync_all().map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        std::fs::remove_file(&self.draft).map_err(|cause| Error::io(&self.draft, cause))?;
        self.settled = Some(length);
        Ok((length, Some(path)))
    }

    fn length(&self) -> Result<u64> {
        match self.settled {
            Some(length) => Ok(length),
            None => Ok(std::fs::metadata(&self.settled_path).map_or(0, |metadata| metadata.len())),
        }
    }
}

fn hash(line: &[u8]) -> (u64, u64) {
    (XxHash64::oneshot(0, line), XxHash64::oneshot(1, line))
}

fn each_line(file: &File, mut each: impl FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        each(&line)?;
        line.clear();
    }
    Ok(())
}
