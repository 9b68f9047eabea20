//! Browsers and operating systems, read from what HTTP clients say about themselves.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use serde_json::{Map, Value as Json, json};

use super::{Args, Kernel};
use crate::engine::dynamic;

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[Kernel::new("parse_user_agent", parse_user_agent)];

/// What names itself plainly, `Token/1.2.3`. The first that is met counts, so those that also claim to be another
/// stand before that other.
const BROWSERS: &[(&str, &str)] = &[
    ("AdobeAIR/", "AdobeAIR"),
    ("EdgA/", "Edge Mobile"),
    ("EdgiOS/", "Edge Mobile"),
    ("Edge/", "Edge"),
    ("Edg/", "Edge"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("UCBrowser/", "UC Browser"),
    ("HeadlessChrome/", "HeadlessChrome"),
    ("Electron/", "Electron"),
    ("Chromium/", "Chromium"),
    ("CriOS/", "Chrome Mobile iOS"),
    ("FxiOS/", "Firefox iOS"),
    ("okhttp/", "okhttp"),
    ("curl/", "curl"),
];

/// Versions of Windows by the number of its kernel.
const WINDOWS: &[(&str, &str, &str)] = &[
    ("10.", "10", ""),
    ("6.3", "8", "1"),
    ("6.2", "8", ""),
    ("6.1", "7", ""),
    ("6.0", "Vista", ""),
    ("5.2", "XP", ""),
    ("5.1", "XP", ""),
    ("5.0", "2000", ""),
];

/// A family and up to three numbers of a version.
#[derive(Debug, PartialEq)]
struct Known<'a> {
    family: &'a str,
    version: [&'a str; 3],
}

impl<'a> Known<'a> {
    fn new(family: &'a str, version: [&'a str; 3]) -> Known<'a> {
        Known { family, version }
    }

    fn other() -> Known<'a> {
        Known::new("Other", [""; 3])
    }
}

/// What was asked for is a constant array of `browser` and `os`: the function row sees to that.
fn parse_user_agent(args: &Args) -> Result<ArrayRef> {
    let (agents, wanted) = (args.text(0)?, args.text(1)?);
    args.dynamics(|row| {
        let agent = agents.get(row)?;
        let wanted = dynamic::decode(wanted.get(row)?);
        let asks = |part: &str| wanted.as_array().is_some_and(|parts| parts.iter().any(|asked| asked == part));
        let mut out = Map::new();
        if asks("browser") {
            let Known { family, version: [major, minor, patch] } = browser(agent);
            let found = json!({ "Family": family, "MajorVersion": major, "MinorVersion": minor, "Patch": patch });
            out.insert("Browser".to_owned(), found);
        }
        if asks("os") {
            let Known { family, version: [major, minor, patch] } = system(agent);
            let found = json!({
                "Family": family, "MajorVersion": major, "MinorVersion": minor, "Patch": patch, "PatchMinor": "",
            });
            out.insert("OperatingSystem".to_owned(), found);
        }
        Some(Json::Object(out).to_string())
    })
}

/// The version written behind a word: digits, parted by `.` or `_`.
fn version_behind<'a>(agent: &'a str, word: &str) -> Option<[&'a str; 3]> {
    let (_, rest) = agent.split_once(word)?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(rest.len());
    let mut numbers = rest[..end].split(['.', '_']);
    let version = std::array::from_fn(|_| numbers.next().unwrap_or(""));
    (!version[0].is_empty()).then_some(version)
}

fn browser(agent: &str) -> Known<'_> {
    let plain = BROWSERS.iter().find_map(|&(token, family)| Some(Known::new(family, version_behind(agent, token)?)));
    plain.or_else(|| claimed(agent)).unwrap_or_else(Known::other)
}

/// Browsers whose name depends on where they run.
fn claimed(agent: &str) -> Option<Known<'_>> {
    let has = |word: &str| agent.contains(word);
    let mobile = has("Mobile") || has("Tablet");
    let apple = has("iPhone") || has("iPad") || has("iPod");
    if let Some(version) = version_behind(agent, "OPR/") {
        return Some(Known::new(if mobile { "Opera Mobile" } else { "Opera" }, version));
    }
    if let Some(version) = version_behind(agent, "Firefox/") {
        return Some(Known::new(if mobile { "Firefox Mobile" } else { "Firefox" }, version));
    }
    if let Some(version) = version_behind(agent, "Chrome/") {
        let inside = has("; wv)") || has("Version/4.0 Chrome/");
        let family = match () {
            () if has("Android") && inside => "Chrome Mobile WebView",
            () if has("Mobile") => "Chrome Mobile",
            () => "Chrome",
        };
        return Some(Known::new(family, version));
    }
    if has("Safari/")
        && let Some(version) = version_behind(agent, "Version/")
    {
        let family = match () {
            () if apple => "Mobile Safari",
            () if has("Android") => "Android",
            () => "Safari",
        };
        return Some(Known::new(family, version));
    }
    if apple && let Some(version) = version_behind(agent, " OS ") {
        return Some(Known::new("Mobile Safari UI/WKWebView", version));
    }
    let explorer = || version_behind(agent, "Trident/").and_then(|_| version_behind(agent, "rv:"));
    version_behind(agent, "MSIE ").or_else(explorer).map(|version| Known::new("IE", version))
}

fn system(agent: &str) -> Known<'_> {
    let has = |word: &str| agent.contains(word);
    if let Some(version) =
        version_behind(agent, "Windows Phone ").or_else(|| version_behind(agent, "Windows Phone OS "))
    {
        return Known::new("Windows Phone", version);
    }
    if let Some((_, kernel)) = agent.split_once("Windows NT ") {
        let known = WINDOWS.iter().find(|(number, ..)| kernel.starts_with(number));
        return known
            .map_or(Known::new("Windows", [""; 3]), |&(_, major, minor)| Known::new("Windows", [major, minor, ""]));
    }
    if has("Android") {
        let version = version_behind(agent, "Android ").or_else(|| version_behind(agent, "Android-"));
        return Known::new("Android", version.unwrap_or_default());
    }
    if has("iPhone") || has("iPad") || has("iPod") {
        return Known::new("iOS", version_behind(agent, " OS ").unwrap_or_default());
    }
    let versioned = [("Mac OS X ", "Mac OS X"), ("CrOS x86_64 ", "Chrome OS"), ("CrOS aarch64 ", "Chrome OS")];
    let rest = ["Mac OS X", "Ubuntu", "Fedora", "Linux", "Windows"];
    versioned
        .into_iter()
        .find_map(|(word, family)| Some(Known::new(family, version_behind(agent, word)?)))
        .or_else(|| version_behind(agent, "Ubuntu/").map(|version| Known::new("Ubuntu", version)))
        .or_else(|| rest.into_iter().find(|&word| has(word)).map(|family| Known::new(family, [""; 3])))
        .unwrap_or_else(Known::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(agent: &str, browser_is: (&str, [&str; 3]), system_is: (&str, [&str; 3])) {
        let found = [browser(agent), system(agent)].map(|known| (known.family, known.version));
        assert_eq!(found, [browser_is, system_is], "{agent}");
    }

    #[test]
    fn desktops() {
        let chrome = "(KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36";
        let windows = format!("app/1 Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 {chrome}");
        check(&windows, ("Chrome", ["133", "0", "0"]), ("Windows", ["10", "", ""]));
        check(&format!("{windows} Edg/132.1.2"), ("Edge", ["132", "1", "2"]), ("Windows", ["10", "", ""]));
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4 Safari/605.1.15";
        check(mac, ("Safari", ["17", "4", ""]), ("Mac OS X", ["10", "15", "7"]));
        let linux = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0";
        check(linux, ("Firefox", ["124", "0", ""]), ("Ubuntu", ["", "", ""]));
        let explorer = "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko";
        check(explorer, ("IE", ["11", "0", ""]), ("Windows", ["7", "", ""]));
    }

    #[test]
    fn phones() {
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 15_4_1 like Mac OS X) AppleWebKit/605.1.15";
        let ios = ("iOS", ["15", "4", "1"]);
        check(&format!("{iphone} Version/15.4 Mobile/15E Safari/604.1"), ("Mobile Safari", ["15", "4", ""]), ios);
        check(&format!("{iphone} CriOS/99.0.4844.59 Mobile/15E"), ("Chrome Mobile iOS", ["99", "0", "4844"]), ios);
        check(&format!("{iphone} Mobile/15E"), ("Mobile Safari UI/WKWebView", ["15", "4", "1"]), ios);
        let android =
            "Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 Chrome/116.0.0.0 Mobile Safari/537.36";
        check(android, ("Chrome Mobile", ["116", "0", "0"]), ("Android", ["13", "", ""]));
    }

    #[test]
    fn what_is_not_known_is_other() {
        check("azure-communication-services/1.3.1-beta.1", ("Other", [""; 3]), ("Other", [""; 3]));
        check("", ("Other", [""; 3]), ("Other", [""; 3]));
    }
}
