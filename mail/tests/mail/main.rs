//! Mail against real parts: aiosmtpd takes it, dkimpy and mail-auth verify it, mail-parser reads it.

#![cfg(test)]

mod support;

mod bounces;
mod check;
mod connections;
mod crash;
mod headers;
mod kept;
mod outcomes;
mod refusals;
mod secrets;
mod signatures;
mod tls;
