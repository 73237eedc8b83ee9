//! The transaction in a quote: one signer, the customer, and exactly the quote's terms.

use crate::support::{
    rows,
    shop::{Customer, Shop, refused_field},
};
use anyhow::{Context, Result, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytemuck::pod_read_unaligned;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};
use solana_address::Address;
use solana_message::{Message, MessageHeader, compiled_instruction::CompiledInstruction};
use tessera_client::{
    address,
    instructions::{OpenLedger, RegisterMember},
    quote::{self, Offer},
    types::{
        ID,
        args::SubscribeArgs,
        quote::{INSTRUCTION_HEADER, MESSAGE_OFFSET, PUBLIC_KEY_OFFSET, SIGNATURE_OFFSET},
    },
};
use tessera_store::{
    Key,
    mirror::{code::CodeRow, ledger::LedgerRow, member::MemberRow, plan::PlanRow},
};

/// Most bytes that the network takes.
const MAX_TRANSACTION_LEN: usize = 1_232;

/// Reads a transaction's bytes, as the wire format has them.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, count: usize) -> Result<Vec<u8>> {
        let (taken, rest) = self.0.split_at_checked(count).context("too short")?;
        self.0 = rest;
        Ok(taken.to_vec())
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn key(&mut self) -> Result<[u8; 32]> {
        self.take(32)?.try_into().ok().context("32 bytes")
    }

    fn length(&mut self) -> Result<usize> {
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(length);
            }
            shift += 7;
        }
    }

    fn bytes(&mut self) -> Result<Vec<u8>> {
        let length = self.length()?;
        self.take(length)
    }
}

/// The message of an unsigned transaction.
fn decode(quote: &Value) -> Result<Message> {
    let text = quote["transaction"].as_str().context("a transaction")?;
    let bytes = BASE64_STANDARD.decode(text)?;
    ensure!(bytes.len() <= MAX_TRANSACTION_LEN, "{} bytes", bytes.len());
    let mut reader = Reader(&bytes);
    ensure!(reader.length()? == 1, "one signature");
    ensure!(reader.take(64)? == [0; 64], "which is still to be made");
    let message = reader.0.to_vec();
    let header = MessageHeader {
        num_required_signatures: reader.byte()?,
        num_readonly_signed_accounts: reader.byte()?,
        num_readonly_unsigned_accounts: reader.byte()?,
    };
    let account_keys = (0..reader.length()?)
        .map(|_| Ok(reader.key()?.into()))
        .collect::<Result<Vec<Address>>>()?;
    let recent_blockhash = reader.key()?.into();
    let instructions = (0..reader.length()?)
        .map(|_| {
            Ok(CompiledInstruction {
                program_id_index: reader.byte()?,
                accounts: reader.bytes()?,
                data: reader.bytes()?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    ensure!(reader.0.is_empty(), "nothing behind it");
    let decoded = Message {
        header,
        account_keys,
        recent_blockhash,
        instructions,
    };
    ensure!(decoded.serialize() == message, "as the library writes it");
    Ok(decoded)
}

/// An instruction's program, accounts and data.
fn instruction(message: &Message, index: usize) -> Result<(Address, Vec<Address>, Vec<u8>)> {
    let compiled = message.instructions.get(index).context("an instruction")?;
    let key = |index: u8| message.account_keys[usize::from(index)];
    Ok((
        key(compiled.program_id_index),
        compiled.accounts.iter().map(|index| key(*index)).collect(),
        compiled.data.clone(),
    ))
}

fn same(found: (Address, Vec<Address>, Vec<u8>), built: &solana_instruction::Instruction) {
    let accounts: Vec<Address> = built.accounts.iter().map(|meta| meta.pubkey).collect();
    assert_eq!(found, (built.program_id, accounts, built.data.clone()));
}

fn addr(key: Key) -> Address {
    key.0.into()
}

/// Checks the two instructions from `index` on: the verification, and directly behind it, the last,
/// Subscribe. Returns the accounts of Subscribe.
fn subscribes(
    shop: &Shop,
    buyer: &Customer,
    quote: &Value,
    message: &Message,
    index: usize,
) -> Result<Vec<Address>> {
    let wallet = addr(buyer.key());
    let header = &message.header;
    assert_eq!(
        (header.num_required_signatures, message.account_keys[0]),
        (1, wallet)
    );
    assert_eq!(message.instructions.len(), index + 2);

    let (program, accounts, data) = instruction(message, index)?;
    assert_eq!(
        program.to_string(),
        "Ed25519SigVerify111111111111111111111111111"
    );
    assert!(accounts.is_empty());
    assert_eq!(data[..PUBLIC_KEY_OFFSET], INSTRUCTION_HEADER);
    let signer: [u8; 32] = data[PUBLIC_KEY_OFFSET..SIGNATURE_OFFSET].try_into()?;
    assert_eq!(signer, shop.signer.0);
    let signature: [u8; 64] = data[SIGNATURE_OFFSET..MESSAGE_OFFSET].try_into()?;
    let signature = Signature::from_bytes(&signature);
    let signed = &data[MESSAGE_OFFSET..];
    let verifier = VerifyingKey::from_bytes(&signer)?;
    verifier.verify_strict(signed, &signature)?;

    let price: u64 = quote["price_units"].as_str().context("units")?.parse()?;
    let deadline = quote["signed"]["deadline"].as_i64().context("deadline")?;
    let org = addr(rows::key(rows::ORG, 1));
    let plan = addr(rows::key(rows::PLAN, 1));
    let separately = &quote["signed"];
    let periods = u32::try_from(separately["most_periods"].as_u64().context("periods")?)?;
    let nonce: u64 = separately["nonce"].as_str().context("nonce")?.parse()?;
    let expected = Offer {
        cluster_tag: *b"cluster1",
        org,
        plan,
        wallet,
        price,
        deadline,
        nonce,
        most_periods: periods,
    };
    assert_eq!(signed, quote::message(&expected.into()));
    // Another price is not signed.
    let cheaper = Offer {
        price: price - 1,
        ..expected
    };
    let cheaper = quote::message(&cheaper.into());
    assert!(verifier.verify_strict(&cheaper, &signature).is_err());
    assert_eq!(
        separately["signature"],
        solana_signature::Signature::from(signature.to_bytes()).to_string()
    );
    let hex: String = signed.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(separately["message"], hex);
    assert_eq!(separately["signer"], shop.signer.to_string());
    assert_eq!(separately["price"], quote["price_units"]);

    let (program, accounts, data) = instruction(message, index + 1)?;
    assert_eq!(program, ID);
    let args: SubscribeArgs = pod_read_unaligned(&data[1..]);
    let terms = args.terms;
    assert_eq!(
        (terms.price, terms.deadline, terms.quote_deadline),
        (price, deadline, deadline)
    );
    assert_eq!(
        (
            terms.quote_nonce,
            terms.approved_periods,
            terms.quote_most_periods
        ),
        (nonce, periods, periods)
    );
    assert_eq!(
        (
            (terms.period_secs, terms.period_months, args.trial_secs),
            terms.quoted,
            usize::from(terms.quote_index)
        ),
        ((0, 1, 0), 1, index)
    );
    assert_eq!((terms.replace_delegate, terms.consents), (0, 0));
    let [payer, subscriber, ..] = accounts.as_slice() else {
        anyhow::bail!("{accounts:?}")
    };
    assert_eq!((*payer, *subscriber), (wallet, wallet));
    Ok(accounts)
}

#[tokio::test]
async fn a_member_subscribes_with_the_quote_and_nothing_else() -> Result<()> {
    let shop = Shop::open().await?;
    let buyer = shop.customer().await?;
    let member = MemberRow {
        wallet: buyer.key(),
        ..rows::member(1, 1, 1)
    };
    shop.add_members(&[member]).await?;
    let quote = shop.quote(&buyer, None).await?;
    assert_eq!(quote["blockhash"], Value::Null);
    let message = decode(&quote)?;
    assert_eq!(message.recent_blockhash.to_bytes(), [0; 32]);
    let accounts = subscribes(&shop, &buyer, &quote, &message, 0)?;
    // Its usual token account pays: the address is the one that the token library derives.
    let token_account = Address::find_program_address(
        &[
            buyer.key().as_ref(),
            rows::key(rows::OTHER, 4).as_ref(),
            rows::key(rows::MINT, 1).as_ref(),
        ],
        &"ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL".parse()?,
    );
    assert!(accounts.contains(&token_account.0));
    Ok(())
}

#[tokio::test]
async fn a_stranger_is_registered_below_the_referrer_whose_ledger_is_opened() -> Result<()> {
    let shop = Shop::open().await?;
    let buyer = shop.customer().await?;
    let wallet = addr(buyer.key());
    let org = addr(rows::key(rows::ORG, 1));
    let mint = addr(rows::key(rows::MINT, 1));
    let above = |number| addr(rows::key(rows::WALLET, number));
    // 1 owns the code, below 2, 3 and 4; of the three that count, 2 has a ledger in this mint.
    shop.add_members(&[rows::referred(1, 1, 1, &[2, 3, 4])])
        .await?;
    let mut conn = shop.tenant.api.mirror.acquire().await?;
    let code = CodeRow {
        code: "FRIEND-7".to_owned(),
        ..rows::code(1, 1, 1)
    };
    rows::upsert(&mut conn, &[code]).await?;
    let closed = LedgerRow {
        closed: true,
        ..rows::ledger(2, 1, 3, 1)
    };
    let ledgers = [rows::ledger(1, 1, 2, 1), closed, rows::ledger(3, 1, 1, 2)];
    rows::upsert(&mut conn, &ledgers).await?;

    let body = json!({
        "segment": "individual", "quantity": 1, "plan": shop.plan(), "referral_code": "FRIEND-7",
        "periods": 48
    });
    let answer = shop.post_as(&buyer, "/v1/quotes", &body).await?;
    let quote = answer.json()?;
    assert_eq!(quote["permanent_delegate"], false);
    let message = decode(&quote)?;
    let register = RegisterMember {
        payer: wallet,
        wallet,
        org,
        referral: Some((*b"FRIEND-7\0\0\0\0\0\0\0\0", above(1))),
    };
    same(instruction(&message, 0)?, &register.into());
    for (index, referrer) in [(1, above(1)), (2, above(3))] {
        let open = OpenLedger {
            payer: wallet,
            org,
            wallet: referrer,
            mint,
        };
        same(instruction(&message, index)?, &open.into());
    }
    let accounts = subscribes(&shop, &buyer, &quote, &message, 3)?;
    let ledgers = [1, 2, 3].map(|number| address::ledger(&org, &above(number), &mint));
    let named = accounts.windows(3).any(|accounts| accounts == ledgers);
    assert!(named, "{accounts:?}");
    let (_, _, data) = instruction(&message, 4)?;
    let args: SubscribeArgs = pod_read_unaligned(&data[1..]);
    assert_eq!(args.terms.approved_periods, 48);
    Ok(())
}

#[tokio::test]
async fn the_largest_transaction_leaves_room_for_a_priority_fee() -> Result<()> {
    let shop = Shop::open().await?;
    let buyer = shop.customer().await?;
    shop.add_members(&[rows::referred(1, 1, 1, &[2, 3])])
        .await?;
    let mut conn = shop.tenant.api.mirror.acquire().await?;
    rows::upsert(&mut conn, &[rows::code(1, 1, 1)]).await?;
    let body = json!({
        "segment": "individual", "quantity": 1, "plan": shop.plan(), "referral_code": "CODE1"
    });
    let quote = shop.post_as(&buyer, "/v1/quotes", &body).await?.json()?;
    let message = decode(&quote)?;
    assert_eq!(message.instructions.len(), 6);
    // The price and limit of compute units: the budget program's key, and instructions of 12 and 8
    // bytes.
    let length = 1 + 64 + message.serialize().len();
    assert!(length + 52 <= MAX_TRANSACTION_LEN, "{length}");
    Ok(())
}

#[tokio::test]
async fn referral_codes_that_cannot_bind_are_refused() -> Result<()> {
    let shop = Shop::open().await?;
    let (own, member) = (shop.customer().await?, shop.customer().await?);
    let below_own = MemberRow {
        referrer_1: Some(own.key()),
        ..rows::member(2, 1, 2)
    };
    let is_member = MemberRow {
        wallet: member.key(),
        ..rows::member(3, 1, 3)
    };
    shop.add_members(&[below_own, is_member, rows::member(4, 2, 4)])
        .await?;
    let codes = [
        rows::code(2, 1, 2),
        rows::code(4, 2, 4),
        CodeRow {
            closed: true,
            ..rows::code(5, 1, 2)
        },
        // Their own, of one who is a member and of one who is none.
        CodeRow {
            owner: member.key(),
            ..rows::code(6, 1, 3)
        },
        CodeRow {
            owner: own.key(),
            ..rows::code(7, 1, 1)
        },
    ];
    let mut conn = shop.tenant.api.mirror.acquire().await?;
    rows::upsert(&mut conn, &codes).await?;
    for (buyer, code) in [
        (&own, "CODE2"),
        (&own, "CODE4"),
        (&own, "CODE5"),
        (&own, "NEVER"),
        (&own, "code2"),
        (&own, "\u{0}"),
        (&own, "CODE7"),
        (&member, "CODE2"),
        (&member, "CODE6"),
    ] {
        let body = json!({
            "segment": "individual", "quantity": 1, "plan": shop.plan(), "referral_code": code
        });
        let answer = shop.post_as(buyer, "/v1/quotes", &body).await?;
        assert_eq!(
            refused_field(&answer, "/v1/quotes")?,
            "referral_code",
            "{code}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_permanent_delegate_is_consented_to_and_said_aloud() -> Result<()> {
    let shop = Shop::open().await?;
    shop.set_plan(|plan| PlanRow { flags: 1, ..plan }).await?;
    let buyer = shop.customer().await?;
    let quote = shop.quote(&buyer, None).await?;
    assert_eq!(quote["permanent_delegate"], true);
    let (_, _, data) = instruction(&decode(&quote)?, 2)?;
    let args: SubscribeArgs = pod_read_unaligned(&data[1..]);
    assert_eq!(args.terms.consents, 1);
    Ok(())
}

#[tokio::test]
async fn metered_usage_is_consented_to_and_said_aloud() -> Result<()> {
    let shop = Shop::open().await?;
    shop.set_plan(|plan| PlanRow { flags: 2, ..plan }).await?;
    let buyer = shop.customer().await?;
    let quote = shop.quote(&buyer, None).await?;
    assert_eq!(quote["metered"], true);
    let (_, _, data) = instruction(&decode(&quote)?, 2)?;
    let args: SubscribeArgs = pod_read_unaligned(&data[1..]);
    assert_eq!(args.terms.consents, 2);
    Ok(())
}

#[tokio::test]
async fn who_had_a_trial_is_given_no_other_and_months_are_signed_as_such() -> Result<()> {
    let shop = Shop::open().await?;
    shop.set_plan(|plan| PlanRow {
        period_months: 3,
        trial_secs: 700,
        ..plan
    })
    .await?;
    let (used, fresh) = (shop.customer().await?, shop.customer().await?);
    let member = MemberRow {
        wallet: used.key(),
        flags: 1,
        ..rows::member(1, 1, 1)
    };
    shop.add_members(&[member]).await?;
    for (buyer, index, trial_secs) in [(&used, 1, 0), (&fresh, 2, 700)] {
        let quote = shop.quote(buyer, None).await?;
        assert_eq!(quote["trial_secs"], trial_secs);
        let (_, _, data) = instruction(&decode(&quote)?, index)?;
        let args: SubscribeArgs = pod_read_unaligned(&data[1..]);
        assert_eq!(
            (
                args.trial_secs,
                args.terms.period_secs,
                args.terms.period_months
            ),
            (trial_secs, 0, 3)
        );
    }
    Ok(())
}
