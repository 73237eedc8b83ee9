//! Opening a connection, until it is ready for mail.
//!
//! Law: a server that offers no TLS where it has to is not written to, and credentials stand in no
//! reason: of a failed sign-in only the code is passed on, since an answer may repeat what was sent.

use super::{
    config::{Checked, Security},
    transaction::{Connection, within},
};
use lettre::transport::smtp::{
    Error, authentication::DEFAULT_MECHANISMS, client::AsyncSmtpConnection,
};
use std::io;
use tokio::{net::TcpStream, time::timeout};

/// A connection, or why there is none.
pub(super) async fn open(checked: &Checked) -> Result<Connection, String> {
    timeout(checked.connect_timeout, connect(checked))
        .await
        .unwrap_or_else(|_| Err("no connection within the time limit".to_owned()))
}

async fn connect(checked: &Checked) -> Result<Connection, String> {
    let server = (&checked.host[..], checked.port);
    let connected = if checked.security == Security::Tls {
        let tls = checked.tls.clone();
        AsyncSmtpConnection::connect_tokio1(server, None, &checked.hello, tls, None).await
    } else {
        let failed = |error: io::Error| within(&error.to_string());
        let stream = TcpStream::connect(server).await.map_err(failed)?;
        // The message's final dot is written by itself and would wait until the server acknowledges what is before
        // it, which servers put off.
        stream.set_nodelay(true).map_err(failed)?;
        AsyncSmtpConnection::connect_with_transport(Box::new(stream), &checked.hello).await
    };
    let mut connection = connected.map_err(|error| within(&error.to_string()))?;
    if let (Security::StartTls, Some(tls)) = (checked.security, &checked.tls) {
        if !connection.can_starttls() {
            return Err("the server offers no STARTTLS".to_owned());
        }
        connection
            .starttls(tls.clone(), &checked.hello)
            .await
            .map_err(|error| within(&error.to_string()))?;
    }
    if let Some(credentials) = &checked.credentials {
        connection
            .auth(DEFAULT_MECHANISMS, credentials)
            .await
            .map_err(|error| sign_in_failed(&error))?;
    }
    Ok(connection)
}

fn sign_in_failed(error: &Error) -> String {
    match error.status() {
        Some(code) => format!("the server refused the credentials ({code})"),
        None => "signing in to the server failed".to_owned(),
    }
}
