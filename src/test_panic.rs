//! Panics on request, so that tests of the whole program can see what one does to the control plane and the terminal.
//!
//! In debug builds only: `BLACKOUT_TEST_PANIC=PLACE:FILE` panics at that place as soon as the file exists, once: the file
//! is deleted. A release build has nothing of it.

/// Panics if that was asked for at `place`.
pub fn check(place: &str) {
    #[cfg(debug_assertions)]
    if let Some(file) = file(place)
        && std::fs::remove_file(&file).is_ok()
    {
        panic!("asked to panic in {place}");
    }
    #[cfg(not(debug_assertions))]
    let _ = place;
}

/// Waits for `work`; panics as soon as that is asked for at `place`.
pub async fn or_panic<T>(place: &str, work: impl Future<Output = T>) -> T {
    #[cfg(debug_assertions)]
    if file(place).is_some() {
        let mut look = tokio::time::interval(std::time::Duration::from_millis(50));
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = look.tick() => check(place),
            }
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = place;
    work.await
}

/// The file whose existence makes `place` panic. `None` if another place, or none, is asked for.
#[cfg(debug_assertions)]
fn file(place: &str) -> Option<String> {
    let asked = std::env::var("BLACKOUT_TEST_PANIC").ok()?;
    let (at, file) = asked.split_once(':')?;
    (at == place).then(|| file.to_owned())
}
