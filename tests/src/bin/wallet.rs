//! A command-line wallet for the walks in `docs/for`: does what a wallet app does when its owner
//! approves. Only for local networks: the key is stored in a file.
//!
//! ```text
//! wallet new FILE                           makes a key, prints its address
//! wallet sign-in FILE                       signs the nonce on standard input
//! wallet send FILE RPC                      signs and sends the transaction on standard input
//! wallet create-code FILE RPC ORG CODE      claims a referral code
//! wallet cancel FILE RPC SUBSCRIPTION       ends a subscription
//! ```

use anyhow::{Context, Result, anyhow, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use solana_instruction::{Instruction, error::InstructionError};
use solana_keypair::{Keypair, read_keypair_file, write_keypair_file};
use solana_rpc_client::rpc_client::RpcClient;
use solana_rpc_client_api::client_error::Error as ClientError;
use solana_signer::Signer;
use solana_transaction::{Transaction, TransactionError};
use std::{env::args, io::stdin};
use tessera_cli::demo::wallet;
use tessera_client::{
    decode,
    instructions::{Cancel, CreateCode},
    types::{Address, TesseraError, accounts::Subscription},
};

fn main() -> Result<()> {
    let arguments: Vec<String> = args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let said = match arguments[..] {
        ["new", file] => {
            let key = Keypair::new();
            write_keypair_file(&key, file).map_err(|error| anyhow!("{file}: {error}"))?;
            key.pubkey().to_string()
        }
        ["sign-in", file] => {
            let nonce = serde_json::from_reader(stdin()).context("the nonce is not JSON")?;
            wallet::sign_in(&key(file)?, &nonce)?.to_string()
        }
        ["send", file, rpc] => {
            let mut text = String::new();
            stdin().read_line(&mut text)?;
            let bytes = BASE64_STANDARD.decode(text.trim())?;
            submit(rpc, &key(file)?, bincode::deserialize(&bytes)?)?
        }
        ["create-code", file, rpc, org, code] => {
            let key = key(file)?;
            let mut padded = [0; 16];
            padded
                .get_mut(..code.len())
                .context("a code has at most 16 characters")?
                .copy_from_slice(code.as_bytes());
            let create = CreateCode {
                payer: key.pubkey(),
                wallet: key.pubkey(),
                org: org.parse()?,
                code: padded,
            };
            call(rpc, &key, create.into())?
        }
        ["cancel", file, rpc, subscription] => {
            let address: Address = subscription.parse()?;
            let account = RpcClient::new(rpc.to_owned()).get_account(&address)?;
            let subscription: Subscription = decode::account(&account.data)?;
            let cancel = Cancel {
                subscription: &subscription,
                token_program: spl_token_interface::ID,
            };
            call(rpc, &key(file)?, cancel.into())?
        }
        _ => bail!("usage: wallet new|sign-in|send|create-code|cancel FILE …"),
    };
    println!("{said}");
    Ok(())
}

fn key(file: &str) -> Result<Keypair> {
    read_keypair_file(file).map_err(|error| anyhow!("{file}: {error}"))
}

fn call(rpc: &str, key: &Keypair, instruction: Instruction) -> Result<String> {
    let unsigned = Transaction::new_with_payer(&[instruction], Some(&key.pubkey()));
    submit(rpc, key, unsigned)
}

/// Signs with the network's latest blockhash, as wallets do, and waits until it is confirmed.
fn submit(rpc: &str, key: &Keypair, mut transaction: Transaction) -> Result<String> {
    let node = RpcClient::new(rpc.to_owned());
    transaction.sign(&[key], node.get_latest_blockhash()?);
    let sent = node.send_and_confirm_transaction(&transaction);
    Ok(sent.map_err(named)?.to_string())
}

/// The refusal of the program by its name, of which a node says only the number.
fn named(error: ClientError) -> anyhow::Error {
    let refusal = match error.get_transaction_error() {
        Some(TransactionError::InstructionError(_, InstructionError::Custom(code))) => {
            TesseraError::from_code(code)
        }
        _ => None,
    };
    match refusal {
        Some(it) => anyhow!("the program refused: {} ({})", it.name(), it.message()),
        None => error.into(),
    }
}
