//! Panics on request, for tests of what a panic does to the control plane and the terminal.
//!
//! In a debug build `BLACKOUT_TEST_PANIC=PLACE:FILE` panics at that place once, as soon as the file exists, and deletes
//! the file. A release build ignores the variable.

/// Panics if a panic was requested at `place`.
pub fn check(place: &str) {
    #[cfg(debug_assertions)]
    if let Some(file) = file(place)
        && std::fs::remove_file(&file).is_ok()
    {
        panic!("panic requested in {place}");
    }
    #[cfg(not(debug_assertions))]
    let _ = place;
}

/// Waits for `work`, and panics as soon as a panic is requested at `place`.
pub async fn or_panic<T>(place: &str, work: impl Future<Output = T>) -> T {
    #[cfg(debug_assertions)]
    if file(place).is_some() {
        let mut poll = tokio::time::interval(std::time::Duration::from_millis(50));
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = poll.tick() => check(place),
            }
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = place;
    work.await
}

/// File whose existence makes `place` panic. `None` if no panic is requested there.
#[cfg(debug_assertions)]
fn file(place: &str) -> Option<String> {
    let request = std::env::var("BLACKOUT_TEST_PANIC").ok()?;
    let (requested, file) = request.split_once(':')?;
    (requested == place).then(|| file.to_owned())
}
