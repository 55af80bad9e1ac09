//! Commands in a container: journalctl, crictl, and small scripts.

use std::io;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::UnixStream,
};

use super::{Container, ExecState, Shared};

pub(super) async fn exec(stream: &mut UnixStream, shared: &Shared, id: &str) -> io::Result<()> {
    let number: usize = id.parse().unwrap();
    let head = "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n\
                Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    let exec = shared.state.lock().unwrap().execs[number].clone();
    let code = run(stream, shared, number, &exec).await;
    shared.state.lock().unwrap().execs[number].exit_code = Some(code.as_ref().map_or(143, |code| *code));
    code.map(drop)
}

async fn run(stream: &mut UnixStream, shared: &Shared, number: usize, exec: &ExecState) -> io::Result<i64> {
    let failure = shared.find(&exec.container).and_then(|container| container.exec_failure);
    if let Some((code, stderr)) = failure {
        frame(stream, shared, 2, stderr.as_bytes()).await?;
        return Ok(code);
    }
    if exec.command.iter().any(|part| part == "crictl") {
        let listed = shared.find(&exec.container).map(|container| container.crictl).unwrap_or_default();
        frame(stream, shared, 2, b"WARN[0000] runtime connect using default endpoints\n").await?;
        frame(stream, shared, 1, listed.as_bytes()).await?;
        return Ok(0);
    }
    if !exec.command.iter().any(|part| part == "kubelet") {
        let output = shared.script(&exec.container, exec.command.last().map_or("", String::as_str));
        frame(stream, shared, 1, output.as_bytes()).await?;
        return Ok(0);
    }
    let argument = |name: &str| exec.command.iter().find_map(|part| part.strip_prefix(name)).map(str::to_owned);
    let lines = |container: &Container| container.journal.len();
    let length = shared.find(&exec.container).map_or(0, |container| lines(&container));
    let mut next = match argument("--cursor=c=") {
        Some(number) => number.parse::<usize>().unwrap().min(length),
        None => {
            let history = exec.command.iter().skip_while(|part| *part != "-n").nth(1);
            length.saturating_sub(history.and_then(|lines| lines.parse().ok()).unwrap_or(10))
        }
    };
    let mut changes = shared.changes.subscribe();
    loop {
        changes.borrow_and_update();
        if number < shared.state.lock().unwrap().half_open_before {
            std::future::pending().await
        }
        let Some(container) = shared.find(&exec.container) else { return Ok(137) };
        match container.state {
            "running" => {
                for line in container.journal.iter().skip(next) {
                    frame(stream, shared, 1, format!("{line}\n").as_bytes()).await?;
                }
                next = next.max(container.journal.len());
            }
            "paused" => {}
            _ => return Ok(137),
        }
        let mut bytes = [0; 16];
        tokio::select! {
            changed = changes.changed() => changed.map_err(io::Error::other)?,
            // The end of standard input ends journalctl.
            read = stream.read(&mut bytes) => if read? == 0 { return Ok(143) },
        }
    }
}

/// Writes one frame of the multiplexed stream, in chunks.
async fn frame(stream: &mut UnixStream, shared: &Shared, kind: u8, payload: &[u8]) -> io::Result<()> {
    let chunk_size = shared.state.lock().unwrap().chunk_size;
    let mut bytes = vec![kind, 0, 0, 0];
    bytes.extend((payload.len() as u32).to_be_bytes());
    bytes.extend(payload);
    for part in bytes.chunks(chunk_size) {
        stream.write_all(part).await?;
        stream.flush().await?;
        if part.len() < bytes.len() {
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}
