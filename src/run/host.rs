//! What machine this is, for the report.

/// Processor's name, `unknown` where the system does not tell.
pub fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(
        || format!("unknown {}", std::env::consts::ARCH),
        |(_, name)| name.trim().into(),
    )
}

/// Vector instructions found, strongest first.
pub fn isa() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        let found = [
            ("avx512f", std::is_x86_feature_detected!("avx512f")),
            ("avx2", std::is_x86_feature_detected!("avx2")),
            ("fma", std::is_x86_feature_detected!("fma")),
            ("sse4.2", std::is_x86_feature_detected!("sse4.2")),
        ];
        let names: Vec<&str> =
            found.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect();
        names.join(" ")
    }
    #[cfg(not(target_arch = "x86_64"))]
    std::env::consts::ARCH.to_string()
}

/// Operating system and architecture.
pub fn os() -> String {
    format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// The present moment, UTC, RFC 3339.
pub fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
