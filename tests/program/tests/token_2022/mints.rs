use super::*;

/// Subscribe, charge and claim with three levels and a keeper.
fn full_round(extensions: &[Extension]) {
    let mut world = World::with_extensions(extensions);
    let chain = world.referral_chain();
    let (payer, token) = &chain[3];
    let keeper = world.create_token_account(&key(60).pubkey(), 0);
    let supply = world.supply();
    world.subscribed(payer, *token);
    assert_eq!(
        world.token(token).delegated_amount,
        PRICE * u64::from(PERIODS)
    );
    world.advance(STEP + i64::from(GRACE));
    let sent = world
        .send(&[world.charge(payer, Some(keeper))], &[])
        .expect("charge");
    let commission: u64 = SHARES.iter().sum();
    let Event::Charged(event, shares) = sent.event() else {
        panic!("another event");
    };
    assert_eq!(event.settlement.merchant, PRICE - commission - KEEPER_FEE);
    assert_eq!((event.settlement.levels, shares.len()), (3, 3));
    assert_eq!(world.balance(&keeper), KEEPER_FEE);
    assert_eq!(world.balance(token), FUNDS - 2 * PRICE);
    assert_eq!(world.balance(&world.vault()), 2 * commission);
    assert_eq!(
        world.balance(&world.destination),
        2 * (PRICE - commission) - KEEPER_FEE
    );

    world.advance(2 * i64::from(HOLD));
    for (level, above) in [2, 1, 0].into_iter().enumerate() {
        let (wallet, token) = &chain[above];
        let claim = world.claim(wallet, *token, u64::MAX);
        world.send(&[claim], &[wallet]).expect("claim");
        assert_eq!(world.balance(token), FUNDS + 2 * SHARES[level]);
        let ledger = world.ledger_address(wallet);
        assert_eq!(world.assert_receipts::<Ledger>(&ledger), 2);
    }
    assert_eq!(world.balance(&world.vault()), 0);
    world
        .send(&[world.cancel(payer)], &[payer])
        .expect("cancel");
    assert!(world.token(token).delegate.is_none());
    let address = world.subscription_address(payer);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 3);
    let plan = world.plan;
    assert_eq!(world.assert_receipts::<Plan>(&plan), 1);
    assert_eq!(world.supply(), supply);
}

#[test]
fn a_mint_without_extensions_pays() {
    full_round(&[]);
}

#[test]
fn pyusd_pays() {
    full_round(PYUSD);
}

#[test]
fn usdg_pays() {
    full_round(USDG);
}

#[test]
fn cash_pays() {
    full_round(CASH);
}

#[test]
fn usdb_pays() {
    full_round(USDB);
}

#[test]
fn usdpt_pays() {
    full_round(USDPT);
}

#[test]
fn ausd_pays() {
    full_round(AUSD);
}

/// Type and length of each extension in the 866 bytes that mainnet holds at
/// `2b1kV6DkPAnxd5ixfnxCpjxmKwqjjaYmCZfHsFu24GXo`.
#[test]
fn the_fixture_of_pyusd_is_laid_out_as_on_mainnet() {
    let world = World::with_extended_mint(PYUSD);
    let mint = world.svm.get_account(&world.mint).expect("mint");
    assert_eq!(mint.data.len(), 866);
    let expected = [
        (3, 32),
        (12, 32),
        (1, 108),
        (4, 65),
        (16, 129),
        (14, 64),
        (18, 64),
        (19, 174),
    ];
    let mut rest = &mint.data[166..];
    for (kind, len) in expected {
        let head: [u8; 4] = *rest.first_chunk().expect("an extension");
        let [a, b, c, d] = head;
        let found = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
        assert_eq!(found, (kind, len));
        rest = &rest[4 + usize::from(len)..];
    }
    assert!(rest.is_empty());
}

#[test]
fn the_vault_has_room_for_what_the_mint_asks_of_its_accounts() {
    for (extensions, len) in [
        (&[][..], 165),
        (&[Extension::CloseAuthority][..], 165),
        (&[Extension::TransferFee(0, 0)][..], 178),
        (&[Extension::TransferHook(None)][..], 171),
        (&[Extension::Pausable][..], 170),
        (PYUSD, 183),
        (USDPT, 187),
    ] {
        let world = World::with_extensions(extensions);
        let vault = world.svm.get_account(&world.vault()).expect("vault");
        assert_eq!(vault.data.len(), len, "{extensions:?}");
        let destination = world.svm.get_account(&world.destination);
        assert_eq!(destination.expect("account").data.len(), len);
        assert_eq!(world.token(&world.vault()).owner, world.vault());
    }
}

#[test]
fn longer_accounts_of_wallets_pay_and_earn() {
    let mut world = World::with_extensions(PYUSD);
    let chain = world.referral_chain();
    let room = [ExtensionType::MemoTransfer, ExtensionType::CpiGuard];
    for (wallet, token) in &chain {
        world.reallocate(token, wallet, &room);
    }
    let (payer, token) = &chain[3];
    world.subscribed(payer, *token);
    world.advance(STEP);
    let charge = world.charge(payer, None);
    world.send(&[charge], &[]).expect("charge");
    let (third, token) = &chain[2];
    let claim = world.claim(third, *token, u64::MAX);
    world.send(&[claim], &[third]).expect("claim");
    assert_eq!(world.balance(token), FUNDS + SHARES[0]);
}
