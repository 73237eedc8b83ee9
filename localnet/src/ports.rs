//! Ports of 127.0.0.1. A port requested by number is that port or an error, never another.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, TcpListener},
    time::{Duration, Instant},
};

use crate::Error;

const RELEASE_LIMIT: Duration = Duration::from_secs(10);

/// Turns each 0 into a free port, and checks that the others are free. All are held until the last
/// is found, so no two are equal.
pub(crate) fn reserve<const N: usize>(wanted: [u16; N]) -> Result<[u16; N], Error> {
    let mut held = Vec::with_capacity(N);
    let mut found = wanted;
    for port in &mut found {
        let refused = |source| Error::PortRefused {
            port: *port,
            source,
        };
        let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, *port)) {
            Err(e) if e.kind() == ErrorKind::AddrInUse => {
                return Err(Error::PortTaken { port: *port });
            }
            bound => bound.map_err(refused)?,
        };
        *port = listener.local_addr().map_err(refused)?.port();
        held.push(listener);
    }
    Ok(found)
}

/// Waits until all of `ports` can be used again.
pub(crate) async fn released<const N: usize>(ports: [u16; N]) -> Result<(), Error> {
    let start = Instant::now();
    while reserve(ports).is_err() {
        if start.elapsed() > RELEASE_LIMIT {
            return Err(Error::PortsHeld {
                ports: ports.to_vec(),
                seconds: RELEASE_LIMIT.as_secs(),
            });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
