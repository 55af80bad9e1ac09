//! What a kubelet writes.
