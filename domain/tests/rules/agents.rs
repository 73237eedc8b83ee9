//! User agents against the npm package isbot, over those of known crawlers and of browsers in use.

use serde::Deserialize;
use tessera_domain::{capture::agent_of, event::Agent};

#[derive(Deserialize)]
struct Fixture {
    machines: Vec<String>,
    others: Vec<String>,
}

fn fixture() -> Fixture {
    let text = include_str!("../../../tests/oracles/fixtures/agents.json");
    serde_json::from_str(text).expect("a fixture")
}

#[test]
fn what_isbot_takes_for_a_machine_is_no_person() {
    let Fixture { machines, .. } = fixture();
    assert!(machines.len() > 1_000);
    let people: Vec<&String> = machines
        .iter()
        .filter(|agent| agent_of(Some(agent)) == Agent::Human)
        .collect();
    assert_eq!(people, Vec::<&String>::new());
    // Proxies of mail providers are machines to the package, and unknown here.
    let unknown = machines
        .iter()
        .filter(|agent| agent_of(Some(agent)) == Agent::Unknown);
    let proxies: Vec<&String> = unknown.collect();
    assert!(proxies.len() < 5, "{proxies:?}");
}

#[test]
fn what_isbot_takes_for_no_machine_is_none() {
    let Fixture { others, .. } = fixture();
    assert!(others.len() > 50);
    for agent in others {
        assert_ne!(agent_of(Some(&agent)), Agent::Machine, "{agent}");
    }
}

#[test]
fn programs_that_the_package_does_not_know_are_machines() {
    for agent in [
        "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1",
        "Mozilla/5.0 (Windows NT 10.0; Microsoft Windows 10.0.19045; en-US) PowerShell/7.4.1",
        "Mozilla/5.0 (Linux; Ubuntu 22.04.4 LTS; en-US) PowerShell/7.4.1",
        "Dart/3.4 (dart:io)",
        "CFNetwork/1494.0.7 Darwin/23.4.0",
        "MyApp/12 CFNetwork/1494.0.7 Darwin/23.4.0",
        "My%20App/1.0.3 CFNetwork/3826.500.131 Darwin/24.5.0",
        "GuzzleHttp/7",
        "Faraday v2.9.0",
        "Alamofire/5.9 (com.example.app; build:1; iOS 17.4.0)",
        "MyApp/1.0 (com.example.app; build:1; iOS 17.4.0) Alamofire/5.9.0",
        "RestSharp/110.2.0.0",
        "Java/17.0.2",
        "Apache-HttpClient/4.5.14 (Java/17.0.2)",
        "ktor-client",
        "Ktor client",
        "undici",
        "Deno/1.44.0",
        "Bun/1.1.12",
        "reqwest/0.12.4",
        "hackney/1.20.1",
        "HTTPie/3.2.2",
        "insomnia/9.2.0",
        "PostmanRuntime/7.39.0",
        "libcurl/7.88.1",
        "Ruby",
        "aiohttp/3.9.5",
        "Dalvik/2.1.0 (Linux; U; Android 13; SM-A536B Build/TP1A.220624.014)",
        "Expo/1017699 CFNetwork/1494.0.7 Darwin/23.4.0",
        "Lua-resty-http",
        "ESP32HTTPClient",
        "k6/0.51.0 (https://k6.io/)",
        "Zapier",
        "Wget/1.21.4",
        "Electron-fetch",
    ] {
        assert_eq!(agent_of(Some(agent)), Agent::Machine, "{agent}");
    }
}

#[test]
fn mail_that_is_loaded_ahead_is_of_an_unknown_agent() {
    let prefetch = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0";
    assert_eq!(agent_of(Some(prefetch)), Agent::Unknown);
    let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246";
    assert_eq!(agent_of(Some(edge)), Agent::Human);
}

#[test]
fn the_name_of_a_device_makes_nobody_a_machine() {
    for device in [
        "ScanPal EDA52",
        "ScanPal EDA61K Build/PQ3B.190801.05291534",
        "Scanner T8",
        "SEUIC CRUISE HTTP-1",
        "X-Scan 5",
        "Check-in Tablet 3",
        "Newsmy P9",
        "Detect 10",
    ] {
        let agent = format!(
            "Mozilla/5.0 (Linux; Android 12; {device}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36"
        );
        assert_eq!(agent_of(Some(&agent)), Agent::Human, "{agent}");
    }
    for named in [
        "Storebot-Google/1.0",
        "compatible; Foobot 2",
        "Googlebot/2.1",
        "bytespider@x.example",
    ] {
        let agent = format!(
            "Mozilla/5.0 (Linux; Android 12; {named}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36"
        );
        assert_eq!(agent_of(Some(&agent)), Agent::Machine, "{agent}");
    }
}
