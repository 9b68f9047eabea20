//! Who calls, with which device and over which network. A person keeps them from call to call.

use super::SUBSCRIPTION;
use super::rng::Rng;

/// A person, or what stands in for one.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The user's own GUID.
    pub(super) user: String,
    /// The directory of the user.
    pub(super) tenant: &'static str,
    /// What the service calls the kind of user.
    pub(super) participant_type: &'static str,
    pub(super) client: Client,
    pub(super) network: Network,
    /// The device's id, for clients that keep it.
    pub(super) endpoint: String,
    /// Whether the client is set up to report on itself.
    pub(super) reports: bool,
    /// What the application says about itself, as JSON text; empty when it says nothing.
    pub(super) options: &'static str,
}

/// The software at one end of a call.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) platform: &'static str,
    /// The operating system as the service writes it.
    pub(super) os: &'static str,
    pub(super) os_name: &'static str,
    pub(super) os_major: &'static str,
    pub(super) browser: &'static str,
    pub(super) browser_major: &'static str,
    /// The SDK as the service writes it.
    pub(super) sdk: &'static str,
    /// The SDK as the client writes it.
    pub(super) sdk_client: &'static str,
    pub(super) agent: String,
}

/// How a person is connected when nothing is wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Network {
    pub(super) rtt: f64,
    pub(super) jitter: f64,
    pub(super) loss: f64,
    /// Bits per second that fit through.
    pub(super) room: f64,
    pub(super) transport: &'static str,
}

#[derive(Clone, Copy)]
struct Device {
    platform: &'static str,
    os: &'static str,
    os_name: &'static str,
    os_major: &'static str,
    browser: &'static str,
    browser_major: &'static str,
    /// The part of the user agent behind the SDK's.
    agent: &'static str,
}

const fn web(os: [&'static str; 3], browser: [&'static str; 2], agent: &'static str) -> Device {
    let [os, os_name, os_major] = os;
    let [browser, browser_major] = browser;
    Device { platform: "Web", os, os_name, os_major, browser, browser_major, agent }
}

const fn native(platform: &'static str, os: [&'static str; 3], agent: &'static str) -> Device {
    let [os, os_name, os_major] = os;
    Device { platform, os, os_name, os_major, browser: "", browser_major: "", agent }
}

const WINDOWS: [&str; 3] = ["Windows 10.0.22631 Arch: x64", "Windows", "10"];
const MAC: [&str; 3] = ["Mac OS X", "Mac OS X", "14"];
const LINUX: [&str; 3] = ["Linux", "Linux", ""];

const DEVICES: &[(u32, Device)] = &[
    (
        34,
        web(
            WINDOWS,
            ["Chrome", "141"],
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
        ),
    ),
    (
        18,
        web(
            WINDOWS,
            ["Edge", "141"],
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
        ),
    ),
    (
        8,
        web(
            MAC,
            ["Chrome", "140"],
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
        ),
    ),
    (
        6,
        web(
            MAC,
            ["Safari", "18"],
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
        ),
    ),
    (3, web(LINUX, ["Firefox", "143"], "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0")),
    (
        5,
        web(
            ["Android 14.0", "Android", "14"],
            ["Chrome Mobile", "141"],
            "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
        ),
    ),
    (
        4,
        web(
            ["iOS", "iOS", "18"],
            ["Mobile Safari", "18"],
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
        ),
    ),
    (11, native("iOS", ["iOS 18.3", "iOS", "18"], "iPhone15,2; iOS 18.3")),
    (
        9,
        native(
            "Android",
            ["Android 14.0; Manufacturer: Google; Product: shiba; Model: Pixel 8; Hardware: shiba", "Android", "14"],
            "Pixel 8; Android 14",
        ),
    ),
    (2, native("Windows", ["Windows 10.0.19045 Arch: x64", "Windows", "10"], "Windows NT 10.0")),
];

/// Versions of the SDKs: as the service writes them, as the client writes them, and in the user agent.
const WEB_SDKS: &[(u32, [&str; 3])] = &[
    (40, ["1.36.1.0", "1.36.1.0_stable", "1.36.1"]),
    (25, ["1.34.1.0", "1.34.1.0_stable", "1.34.1"]),
    (12, ["1.32.1.0", "1.32.1.0_stable", "1.32.1"]),
    (10, ["1.37.1.2", "1.37.1.2_beta", "1.37.1-beta.2"]),
    (8, ["1.28.2.0", "1.28.2.0_stable", "1.28.2"]),
    (5, ["1.19.2.2", "1.19.2.2_beta", "1.19.2-beta.2"]),
];
const NATIVE_SDKS: &[(u32, [&str; 3])] = &[
    (50, ["2.15.1.0", "2.15.1.0_stable", "2.15.1"]),
    (30, ["2.13.0.0", "2.13.0.0_stable", "2.13.0"]),
    (20, ["2.16.0.1", "2.16.0.1_beta", "2.16.0-beta.1"]),
];

const OPTIONS: &[(u32, &str)] = &[
    (45, r##"{"appName":"harbour","appVersion":"3.4.0","tags":["#clientTag:web"]}"##),
    (20, r##"{"appName":"harbour","appVersion":"3.3.2","tags":["#clientTag:web","pilot"]}"##),
    (10, r##"{"appName":"lighthouse","appVersion":"1.0.7","tags":["#clientTag:clinic"]}"##),
    (25, ""),
];

const HOME: &str = "7e000000-0000-4000-8000-000000000001";
const AWAY: &str = "7e000000-0000-4000-8000-000000000002";

impl Person {
    /// The person of a number.
    pub(super) fn new(seed: u64, number: u64) -> Person {
        let rng = &mut Rng::new(seed, PEOPLE, number);
        let device = rng.weighted(DEVICES);
        let network = Network::draw(&device, rng);
        let (tenant, participant_type) = rng.weighted(&[
            (84, (HOME, "ACS")),
            (7, (AWAY, "Teams")),
            (5, (HOME, "ACS as Teams external user")),
            (4, (HOME, "ACS as Microsoft 365 user")),
        ]);
        let is_web = device.platform == "Web";
        let [sdk, sdk_client, released] = rng.weighted(if is_web { WEB_SDKS } else { NATIVE_SDKS });
        let options = rng.weighted(OPTIONS);
        let app = match options.split('"').nth(3) {
            Some(app) => format!("{app}/1.0 "),
            None => "azure-communication-services/1.3.1 ".to_owned(),
        };
        let agent = match device.platform {
            "Web" => format!(
                "{app}azsdk-js-communication-calling/{released} (javascript_calling_sdk;#clientTag:web). {}",
                device.agent
            ),
            platform => {
                format!("azsdk-{}-communication-calling/{released} ({})", platform.to_lowercase(), device.agent)
            }
        };
        let client = Client {
            platform: device.platform,
            os: device.os,
            os_name: device.os_name,
            os_major: device.os_major,
            browser: device.browser,
            browser_major: device.browser_major,
            sdk,
            sdk_client,
            agent,
        };
        let reports = rng.chance(if is_web { 0.88 } else { 0.6 });
        Person { user: rng.guid(), tenant, participant_type, client, network, endpoint: rng.guid(), reports, options }
    }

    /// How the service names the person.
    pub(super) fn identifier(&self) -> String {
        match self.participant_type {
            "Teams" | "ACS as Microsoft 365 user" => format!("8:orgid:{}", self.user),
            _ => format!("8:acs:{SUBSCRIPTION}_{}", self.user),
        }
    }
}

/// The purpose of streams of random numbers about people.
const PEOPLE: u64 = 1;

impl Network {
    fn draw(device: &Device, rng: &mut Rng) -> Network {
        let is_phone = matches!(device.os_name, "iOS" | "Android");
        let (rtt, jitter, loss, room) = match (is_phone, rng.below(10)) {
            (true, 0..4) => (78.0, 5.0, 8e-4, 1.8e6),
            (true, _) => (52.0, 3.0, 3e-4, 2.6e6),
            (false, 0) => (96.0, 3.5, 3e-4, 2.0e6),
            (false, 1..6) => (46.0, 2.5, 2e-4, 3.2e6),
            (false, _) => (34.0, 1.2, 3e-5, 4.0e6),
        };
        Network {
            rtt: rng.around(rtt, 0.25).min(160.0),
            jitter: rng.around(jitter, 0.3).min(9.0),
            loss: rng.around(loss, 0.6).min(4e-3),
            room: rng.around(room, 0.15).clamp(1.3e6, 6e6),
            transport: rng.weighted(&[(92, "UDP"), (7, "TCP"), (1, "Unrecognized")]),
        }
    }
}
