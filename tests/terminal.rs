//! The shell on a terminal: a pseudo terminal that Python opens plays somebody who types. Where there is no Python,
//! nothing is tested here.

use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;

use crate::trial;

/// The tests of this module.
pub(crate) fn trials() -> Vec<Trial> {
    let tests: &[(&str, fn())] = &[
        ("words are completed from the data", completes),
        ("requests of several lines, charts and high answers", shows),
        ("Ctrl-C stops the request alone", stops),
        ("a request on the command line tells how far it is", tells_how_far),
        ("what was typed is kept, unless nobody wants that", remembers),
    ];
    tests.iter().map(|(name, test)| trial(format!("terminal: {name}"), *test)).collect()
}

/// Plays steps on a terminal of 100 by 30. A step is what is typed and what must then show up, as regular expressions
/// over the text without escape codes; `IDLE` types nothing, and waits until the program uses no processor: what is
/// stopped ends with the batch at hand. A step that ends a request waits for the prompt at the very end (`> $`): the
/// editor drops what is typed between the end of one line and the prompt of the next.
const DRIVER: &str = r#"
import fcntl, os, pty, re, select, struct, sys, termios, time

program, steps = sys.argv[1].split("\x1f"), [step.split("\x1e") for step in sys.argv[2].split("\x1f")]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(program[0], program)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
# Of a program that ended nothing may come, and nothing may be taken: neither is waited for.
os.set_blocking(terminal, False)
seen = ""

def read(wait):
    global seen
    ready, _, _ = select.select([terminal], [], [], wait)
    if not ready:
        return False
    try:
        data = os.read(terminal, 65536)
    except OSError:
        return False
    seen += data.decode("utf-8", "replace")
    return bool(data)

def plain():
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r", "", seen)

def expect(pattern, seconds):
    end = time.time() + seconds
    while time.time() < end:
        if re.search(pattern, plain(), re.S):
            return
        read(0.05)
    print("no `%s` within %s s in:\n%s" % (pattern, seconds, plain()), file=sys.stderr)
    os.kill(pid, 9)
    sys.exit(1)

def used():
    fields = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])

for typed, pattern, seconds in steps:
    if typed == "IDLE":
        if os.path.exists("/proc/%d/stat" % pid):
            for _ in range(20):
                before = used()
                time.sleep(1)
                if used() - before < 30:
                    break
            else:
                print("the program is still busy", file=sys.stderr)
                os.kill(pid, 9)
                sys.exit(1)
        continue
    seen = ""
    if typed:
        os.write(terminal, typed.encode())
    expect(pattern, float(seconds))
if steps[-1][0] == "\x04":
    # A program that ends waits until what it wrote has been read; what is typed before its prompt may be lost.
    end = time.time() + 60
    while time.time() < end:
        if not read(0.5):
            try:
                os.write(terminal, b"\x04")
            except OSError:
                pass
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            sys.exit(os.waitstatus_to_exitcode(status))
    print("the program does not end", file=sys.stderr)
    os.kill(pid, 9)
    sys.exit(1)
os.kill(pid, 9)
"#;

/// A step: what is typed, what must show up, and within how many seconds.
type Step<'a> = (&'a str, &'a str, &'a str);

fn play(home: &Path, arguments: &[&str], steps: &[Step]) {
    let python = Command::new("python3").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !cfg!(unix) || !python.is_ok_and(|status| status.success()) {
        return;
    }
    let program: Vec<&str> = std::iter::once(env!("CARGO_BIN_EXE_calypso")).chain(arguments.iter().copied()).collect();
    let steps: Vec<String> = steps.iter().map(|(typed, seen, wait)| [*typed, *seen, *wait].join("\x1e")).collect();
    let mut driver = Command::new("python3");
    driver.args(["-c", DRIVER, &program.join("\x1f"), &steps.join("\x1f")]).current_dir(home);
    driver.env_remove("CALYPSO_DATA").env("XDG_STATE_HOME", home).env("TERM", "xterm").env("PAGER", "sed s/^/paged:/");
    let ran = driver.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// How long anything may take, on a machine with other work.
const SLOW: &str = "60";

/// A request that takes longer than anybody waits.
const LONG: &str = "range x from 1 to 3000000 step 1 | extend k = 1 | join kind=inner (range y from 1 to 3000000 step 1 | \
                    extend k = 1) on k | summarize sum(x * y)";

fn completes() {
    let home = tempfile::tempdir().unwrap();
    play(
        home.path(),
        &["--no-history"],
        &[
            ("", "calypso> ", SLOW),
            ("ACSCallSumm\t", "ACSCallSummary", SLOW),
            (" | wher\t", "where", SLOW),
            (" CallTy\t", "CallType", SLOW),
            (" == 'Gr\t", "'Group'", SLOW),
            (" | distinct CallType\r", "Group.*1 row.*> $", SLOW),
            (".sch\t", r"\.schema", SLOW),
            (" I\t\r", "CallType.*string.*> $", SLOW),
            (".tabels\r", r"did you mean `\.tables`.*> $", SLOW),
            ("\x04", "", SLOW),
        ],
    );
}

fn shows() {
    let home = tempfile::tempdir().unwrap();
    play(
        home.path(),
        &["--no-history"],
        &[
            ("", "calypso> ", SLOW),
            ("print x = 1 |\r", "x = 1", SLOW),
            ("extend y = x + 1\r", "x.*y.*1 row.*> $", SLOW),
            ("| extend z = y * 21\r", "z.*42.*1 row.*> $", SLOW),
            ("range x from 1 to 9 step 1 | extend y = x * x | render columnchart\r", "drawn as columnchart.*> $", SLOW),
            ("range x from 1 to 100 step 1\r", "paged:.*paged:.*100 rows.*> $", SLOW),
            (".pager off\r", "pager off.*\n.*> $", SLOW),
            ("range x from 1 to 100 step 1 | count\r", "100.*1 row.*> $", SLOW),
            ("\x04", "", SLOW),
        ],
    );
}

fn tells_how_far() {
    let home = tempfile::tempdir().unwrap();
    play(home.path(), &["query", LONG], &[("", "Ctrl-C stops it", SLOW)]);
}

fn stops() {
    let home = tempfile::tempdir().unwrap();
    let long = format!("{LONG}\r");
    play(
        home.path(),
        &["--no-history"],
        &[
            ("", "calypso> ", SLOW),
            (&long, "Ctrl-C stops it", SLOW),
            ("\x03", "cancelled.*> $", "30"),
            ("IDLE", "", ""),
            ("print answer = 40 + 2\r", "answer.*42.*1 row.*> $", SLOW),
            ("\x04", "", SLOW),
        ],
    );
}

fn remembers() {
    let home = tempfile::tempdir().unwrap();
    let first = [("", "calypso> ", SLOW), ("print number = 1\r", "1 row.*> $", SLOW), ("\x04", "", SLOW)];
    play(home.path(), &["--no-history"], &first);
    assert!(!home.path().join("calypso/history").exists());
    play(home.path(), &[], &first);
    let kept = std::fs::read_to_string(home.path().join("calypso/history")).unwrap();
    assert!(kept.contains("print number = 1"), "{kept}");
}
