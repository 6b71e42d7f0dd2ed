//! Protects the memory of a process that opens keys: a crash leaves nothing behind.

/// From now on this process writes no core dump, and no other process of the same user can read its memory.
///
/// # Errors
/// Those of the operating system.
#[cfg(unix)]
pub(crate) fn refuse_dumps() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // A program that the kernel pipes dumps to gets them whatever the limit says (man 5 core).
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn refuse_dumps() -> std::io::Result<()> {
    Ok(())
}
