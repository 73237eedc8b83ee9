//! Time and memory of an audit by the number of receipts, beside a plain pass that only decodes and
//! hashes the same receipts. Each measurement is a process of its own. `make bench-audit` runs it.

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use std::{
    env,
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::Path,
    process::Command,
    time::Instant,
};
use tessera_bench_audit::{Business, Reader, Record, Size, Writer};
use tessera_client::{
    Event,
    audit::{Auditor, Checkpoint, Passing, Position, Scope, Seized},
    carried::Tokens,
    types::Address,
};

/// Receipts of one member.
const EACH: u64 = 12;
const ORGS: u64 = 20;
const PLANS: u64 = 50;
const GENESIS: [u8; 32] = [9; 32];

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["make", receipts, file] => make(receipts.parse()?, Path::new(file)),
        ["plain", file] => plain(Path::new(file)),
        ["audit", file, checkpoint] => audit(Path::new(file), Path::new(checkpoint)),
        ["resume", checkpoint] => resume(Path::new(checkpoint)),
        [folder] => measure(Path::new(folder), &["10000", "100000", "1000000"]),
        [folder, ref sizes @ ..] => measure(Path::new(folder), sizes),
        [] => bail!("usage: bench-audit FOLDER [RECEIPTS...]"),
    }
}

/// A step in a process of its own, and the words that it printed.
fn step(arguments: &[&str]) -> Result<Vec<String>> {
    let output = Command::new(env::current_exe()?)
        .args(arguments)
        .output()
        .context("cannot start a step")?;
    ensure!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout)?;
    Ok(text.split_whitespace().map(str::to_owned).collect())
}

fn measure(folder: &Path, sizes: &[&str]) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    println!(
        "| receipts | accounts | audit, s | of a processor, s | receipts a processor's s | peak, MB \
         | plain pass, s | times plain | checkpoint, MB | read, s |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for size in sizes {
        let file = folder.join(format!("{size}.history"));
        let checkpoint = folder.join(format!("{size}.checkpoint"));
        let (file, checkpoint) = (text(&file)?, text(&checkpoint)?);
        step(&["make", size, file])?;
        let plain = step(&["plain", file])?;
        let audit = step(&["audit", file, checkpoint])?;
        let resume = step(&["resume", checkpoint])?;
        let bytes = std::fs::metadata(checkpoint)?.len();
        let ([plain], [receipts, accounts, secs, processor, peak], [read]) =
            (&plain[..], &audit[..], &resume[..])
        else {
            bail!("a step printed something else");
        };
        let (plain, processor): (f64, f64) = (plain.parse()?, processor.parse()?);
        let (secs, receipts): (f64, f64) = (secs.parse()?, receipts.parse()?);
        println!(
            "| {receipts} | {accounts} | {secs:.1} | {processor:.1} | {:.0} | {peak} | {plain:.2} \
             | {:.1} | {:.1} | {read} |",
            receipts / processor,
            processor / plain,
            u32::try_from(bytes / 100_000).map_or(f64::MAX, f64::from) / 10.0,
        );
        std::fs::remove_file(file)?;
    }
    Ok(())
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("the folder's name is not UTF-8")
}

/// Writes a history of about so many receipts, and the accounts that it makes.
fn make(receipts: u64, file: &Path) -> Result<()> {
    let mut writer = Writer(BufWriter::new(File::create(file)?));
    let mut business = Business::default();
    let mut accounts: Vec<Address> = Vec::new();
    let mut failed = None;
    let mut count = 0u64;
    let mut take = |left: tessera_bench_audit::Left| {
        count += 1;
        if let Ok(event) = Event::decode(&left.raw) {
            let receipt = event.receipt();
            if receipt.seq == 1 {
                accounts.push(receipt.account);
            }
            if let Event::Subscribed(it, _) = &event {
                accounts.push(tessera_client::address::authority(&it.payer_token));
            }
        }
        if let Err(error) = writer.write(&Record::Receipt(left)) {
            failed = Some(error);
        }
    };
    let size = Size {
        orgs: ORGS,
        plans: PLANS,
        members: (receipts / EACH / ORGS).max(1),
    };
    business.found(size, &mut take);
    for round in 1.. {
        business.period_passes();
        for customer in 0..business.customers() {
            business.charge(customer, &mut take);
            match (customer + round) % 5 {
                0 => business.award(customer, &mut take),
                1 => business.redeem(customer, round as u64, &mut take),
                2 => {
                    business.invoice(customer, &mut take);
                }
                _ => {}
            }
            if customer.is_multiple_of(20) {
                business.slot += 1;
            }
        }
        for org in 0..usize::try_from(ORGS)? {
            business.claim(org, &mut take);
        }
        business.slot += 1;
        if business.now - 1_700_000_000 > 3_600 * 6 {
            break;
        }
    }
    if let Some(error) = failed {
        return Err(error.into());
    }
    for (address, account) in business.accounts(&accounts) {
        writer.write(&Record::Account(address, account.encode()))?;
    }
    for (vault, held) in &business.balances {
        writer.write(&Record::Vault(*vault, *held))?;
    }
    writer.0.flush()?;
    Ok(())
}

fn records(file: &Path) -> Result<Reader<BufReader<File>>> {
    Ok(Reader(BufReader::with_capacity(1 << 20, File::open(file)?)))
}

/// Decodes and hashes each receipt, and nothing else.
fn plain(file: &Path) -> Result<()> {
    let records = records(file)?;
    let (mut head, mut count) = ([0; 32], 0u64);
    for record in records {
        if let Record::Receipt(left) = record? {
            let event = Event::decode(&left.raw)?;
            count += event.receipt().seq;
            head = Sha256::new()
                .chain_update(head)
                .chain_update(&left.raw)
                .finalize()
                .into();
        }
    }
    ensure!(head != [0; 32] && count > 0, "nothing was read");
    println!("{}", processor_secs()?.max(0.01));
    Ok(())
}

/// Audits it, as `tessera audit` does with what a node shows.
fn audit(file: &Path, checkpoint: &Path) -> Result<()> {
    let records = records(file)?;
    let started = Instant::now();
    let mut auditor = Auditor::new(Scope::default());
    let (mut receipts, mut accounts, mut last) = (0u64, 0u64, 0);
    for record in records {
        match record? {
            Record::Receipt(left) => {
                receipts += 1;
                last = left.slot;
                let tokens = Tokens {
                    transfers: left.transfers.into_iter().map(|it| (it, None)).collect(),
                    ..Tokens::default()
                };
                auditor.take(&Passing {
                    slot: Some(left.slot),
                    transaction: Some([1; 64]),
                    raw: &left.raw,
                    tokens: Some(&tokens),
                });
            }
            Record::Account(address, data) => {
                accounts += 1;
                let looked = auditor.look_at_data(&address, Some(&data));
                auditor.book(looked);
            }
            Record::Vault(vault, held) => {
                let looked = auditor.look_at_vault(&vault, held);
                auditor.book_vault(&vault, held, looked, &Seized::default());
            }
        }
    }
    ensure!(
        auditor.accounts().count() as u64 == accounts,
        "accounts are missing"
    );
    let position = Position {
        slot: last,
        last: None,
    };
    let file = BufWriter::new(File::create(checkpoint)?);
    auditor.write_checkpoint(file, GENESIS, position)?;
    let report = auditor.finish();
    ensure!(report.findings.is_empty(), "{:?}", report.findings.first());
    let secs = started.elapsed().as_secs_f64();
    let (processor, peak) = (processor_secs()?, peak_megabytes()?);
    println!("{receipts} {accounts} {secs} {processor} {peak}");
    Ok(())
}

/// Reads a checkpoint.
fn resume(checkpoint: &Path) -> Result<()> {
    let file = BufReader::with_capacity(1 << 20, File::open(checkpoint)?);
    let auditor = Auditor::from_checkpoint(Checkpoint::read(file, GENESIS)?, Scope::default());
    ensure!(auditor.accounts().count() > 0, "nothing was read");
    println!("{:.2}", processor_secs()?);
    Ok(())
}

/// Seconds of a processor that this process has had: others may run beside it.
fn processor_secs() -> Result<f64> {
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |at: usize| -> Result<f64> {
        let field = fields.get(at).context("no times")?;
        Ok(field.parse()?)
    };
    Ok((ticks(11)? + ticks(12)?) / TICKS)
}

/// Most memory that this process has had.
fn peak_megabytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.context("no VmHWM")?.trim().trim_end_matches(" kB");
    Ok(kilobytes.trim().parse::<u64>()? / 1_000)
}
