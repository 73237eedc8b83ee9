//! `make run`, as the walks begin with it, on ports and with keys of its own.

use crate::dev;
use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command},
    thread,
};
use tempfile::TempDir;

/// The command's standing and what it printed of it.
pub(super) struct Demo {
    dev: Child,
    api: String,
    rpc: String,
    ws: String,
    database: String,
    admin_key: String,
    /// For what a walk starts itself.
    ports: [u16; 2],
    /// Removed when it has stopped.
    _data: TempDir,
}

impl Demo {
    /// Starts it, and waits until its customers have come and its first audit has passed.
    pub(super) fn start() -> Self {
        let data = dev::folder();
        let mut dev = dev::dev(data.path(), None)
            .args(["--wallets", "20", "--months", "1"])
            .spawn()
            .expect("it runs");
        let mut out = BufReader::new(dev.stdout.take().expect("piped")).lines();
        let mut said = |word: &str| loop {
            let line = out.next().expect("it goes on").expect("text");
            if let Some((_, rest)) = line.split_once(word) {
                return rest.to_owned();
            }
        };
        let network = said("RPC ");
        let (rpc, ws) = network.split_once(", WebSocket ").expect("two addresses");
        let (rpc, ws) = (rpc.to_owned(), ws.to_owned());
        let database = said("postgres  ");
        let api = said("api       ");
        let (api, _) = api.split_once("/v1/stats").expect("an address");
        let api = api.to_owned();
        let admin_key = said("admin key of the demo's organisation: ");
        said("trickle");
        // Read on, or it cannot print.
        thread::spawn(move || out.for_each(drop));
        let free = || TcpListener::bind("127.0.0.1:0").expect("a free port");
        let ports = [free(), free()].map(|held| held.local_addr().expect("bound").port());
        Self {
            dev,
            api,
            rpc,
            ws,
            database,
            admin_key,
            ports,
            _data: data,
        }
    }

    /// A walk's commands with what is otherwise here than where `make run` was just typed.
    pub(super) fn at_hand(&self, commands: &str) -> String {
        let programs = [
            ("wallet", env!("CARGO_BIN_EXE_wallet")),
            ("read_accounts", env!("CARGO_BIN_EXE_read_accounts")),
        ];
        let mut commands = commands
            .replace("http://127.0.0.1:8080", &self.api)
            .replace("http://127.0.0.1:8899", &self.rpc)
            .replace("ws://127.0.0.1:8900", &self.ws)
            .replace("postgres://tessera@127.0.0.1:…/tessera", &self.database)
            .replace("127.0.0.1:8081", &format!("127.0.0.1:{}", self.ports[0]))
            .replace("127.0.0.1:9100", &format!("127.0.0.1:{}", self.ports[1]))
            .replace("tsk_admin_…", &self.admin_key);
        for (name, path) in programs {
            let typed = format!("cargo run --quiet --package tessera-tests --bin {name} --");
            commands = commands.replace(&typed, path);
        }
        commands
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Interrupted, so that it stops its database.
        let pid = self.dev.id().to_string();
        let _ = Command::new("kill").args(["-INT", &pid]).status();
        let _ = self.dev.wait();
    }
}
