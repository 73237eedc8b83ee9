//! `claim_voucher`.

use super::transfer::{Payment, require_carrier, transferred_mint};
use crate::{
    decode::Event,
    model::{
        Call, Command, Effects, Refusal, State, Verdict, call::present, command::ClaimVoucher,
        rules::vesting,
    },
    voucher::{self, Gift, Giver, Node},
};
use tessera_types::{
    TesseraError,
    args::{ClaimVoucherArgs, InstructionNumber as Number},
    carrier::SYSTEM_PROGRAM,
};

pub(super) fn judge(
    state: &State,
    _: Number,
    call: &Call,
    verdict: &mut Verdict,
) -> Option<Effects> {
    accounts!(call, verdict;
        Signer payer,
        Signer wallet,
        Read org,
        Written campaign,
        Written record,
        Written vault,
        Written destination,
        Read _token_program,
        Read _system,
        Read _program,
        OptionalRead mint,
    );
    let args: ClaimVoucherArgs = call.args(verdict)?;
    let proof = proof(call, verdict)?;
    let known = verdict.found(state.campaigns.get(&campaign), "campaign")?;
    verdict.require(known.org == org, TesseraError::WrongOrg);
    verdict.require(known.vault == vault, TesseraError::WrongVault);
    verdict.require(args.spare == [0; 4], TesseraError::SpareNotZero);
    let giver = verdict.found(state.orgs.get(&known.org), "org")?;
    let giver = Giver {
        cluster_tag: giver.cluster_tag,
        org: known.org,
        campaign,
    };
    let voucher = giver.voucher(&Gift {
        wallet,
        amount: args.amount,
        index: args.index,
    });
    let proven = voucher::verify(&voucher, &proof, &known.root);
    verdict.require(proven, TesseraError::WrongProof);
    let claim = ClaimVoucher {
        campaign,
        record,
        wallet,
        destination,
        entitled: args.amount,
        index: args.index,
    };
    let event = claim.decide(state, call.moment, verdict)?;
    let Event::VoucherClaimed(claimed) = &event else {
        return None;
    };
    let first = vesting::is_kept_by_wallet(known) && !state.claims.contains_key(&record);
    if first {
        call.require_named(&SYSTEM_PROGRAM, verdict);
    }
    let program = known.token_program;
    let payment = Payment {
        program,
        mint: transferred_mint(present(mint), &program, call, verdict),
        from: vault,
        signer: vault,
        legs: vec![(destination, claimed.amount)],
    };
    require_carrier(&program, true, call, verdict);
    Some(Effects {
        transfers: payment.send(call, verdict),
        created: first.then_some((record, payer)).into_iter().collect(),
        ..event.into()
    })
}

/// The proof's nodes behind the arguments: their count, then one after the other.
fn proof(call: &Call, verdict: &mut Verdict) -> Option<Vec<Node>> {
    let nodes = || {
        let list = call
            .instruction
            .data
            .get(1 + size_of::<ClaimVoucherArgs>()..)?;
        let (count, list) = list.split_first_chunk()?;
        let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
        list.as_chunks().0.get(..count).map(<[Node]>::to_vec)
    };
    let found = nodes();
    let rule = Refusal::Runtime("the list behind the arguments is too short");
    verdict.require(found.is_some(), rule);
    found
}
