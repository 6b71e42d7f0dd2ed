//! Keeps the memory of this process, which may contain keys, out of core dumps on Unix.

/// Disables core dumps of this process.
///
/// On Linux, other unprivileged processes of the same user then cannot read its memory.
///
/// # Errors
/// If the operating system refuses.
#[cfg(unix)]
pub(crate) fn refuse_dumps() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // A program that the kernel pipes dumps to gets them regardless of the limit (man 5 core).
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn refuse_dumps() -> std::io::Result<()> {
    Ok(())
}
