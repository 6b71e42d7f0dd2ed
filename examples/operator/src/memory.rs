//! Protects the memory of a process that opens keys, so that on Unix a crash leaves no copy of it.

/// Disables core dumps of this process. On Linux, other processes of the same user can then not read its memory.
///
/// # Errors
/// Those of the operating system.
#[cfg(unix)]
pub(crate) fn refuse_dumps() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // A program that the kernel pipes dumps to gets them regardless of the limit (man 5 core).
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Does nothing on other systems.
#[cfg(not(unix))]
pub(crate) fn refuse_dumps() -> std::io::Result<()> {
    Ok(())
}
