//! Broadcast of an event without a value. Notifications that arrive before a receiver looks are merged into one.

use tokio::sync::watch;

/// Sending half. Clones notify the same receivers.
#[derive(Debug, Clone)]
pub struct Notifier(watch::Sender<u64>);

impl Default for Notifier {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Notifier {
    /// Wakes all receivers once.
    pub fn notify(&self) {
        self.0.send_modify(|count| *count += 1);
    }

    /// Creates a receiver of the notifications from now on.
    pub fn subscribe(&self) -> NotificationReceiver {
        NotificationReceiver(self.0.subscribe())
    }
}

/// Receiving half. A clone has received what the original has.
#[derive(Debug, Clone)]
pub struct NotificationReceiver(watch::Receiver<u64>);

impl NotificationReceiver {
    /// Waits for a notification that was not received yet. Never returns once all senders are gone.
    pub async fn recv(&mut self) {
        changed(&mut self.0).await;
    }

    /// Marks all notifications so far as received.
    pub(super) fn mark_received(&mut self) {
        self.0.mark_unchanged();
    }
}

/// Waits until the value of `receiver` changes. Never returns once the sender is gone.
pub(super) async fn changed<T>(receiver: &mut watch::Receiver<T>) {
    if receiver.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
