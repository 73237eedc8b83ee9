//! What strangers do with the program's name.

use super::{
    MARK, PATIENCE, config, feed,
    script::{MEMBER, OTHER, PAYER, Sent, block, signature},
    server::{Server, open},
};
use anyhow::Result;
use solana_address::Address;
use tessera_client::carried::{InnerCall, OuterCall};
use tessera_indexer::{
    feed::Feed,
    node::{Calls, Content, Place, Transaction},
};
use tessera_types::{ID, carrier::TOKEN_PROGRAM};

const FORGED: &[u8] = b"forged";

fn call(program: Address, accounts: &[Address], data: &[u8], height: u32) -> InnerCall {
    InnerCall {
        program,
        accounts: accounts.to_vec(),
        data: data.to_vec(),
        height: Some(height),
    }
}

/// What the feed makes of a block with `sent`.
async fn seen(sent: impl IntoIterator<Item = Sent>) -> Result<Vec<Transaction>> {
    let updates = block(51, 50, sent);
    let server = Server::start().await?.then(move |_| Ok(open(updates)));
    let stretch = feed(config(&server.url))?.next(MARK, PATIENCE).await?;
    assert!(stretch.through.is_some());
    Ok(stretch.transactions)
}

/// A transaction of which the index has to know this.
fn known(index: u32, calls: Vec<OuterCall>, touched: &[Address]) -> Transaction {
    Transaction {
        signature: signature(51, u64::from(index)),
        place: Place { slot: 51, index },
        content: Content::Calls(Calls {
            calls,
            touched: touched.to_vec(),
        }),
    }
}

#[tokio::test]
async fn what_calls_the_program_nowhere_or_failed_is_left_out() -> Result<()> {
    let named_only = Sent {
        outer: vec![(4, vec![2, 1])],
        inner: vec![(0, 3, vec![2], FORGED.to_vec(), 2)],
        ..Sent::award(0)
    };
    let failed = Sent {
        failed: true,
        ..Sent::award(1)
    };
    let mut foreign = Sent::award(2);
    foreign.keys[2] = Address::new_from_array([8; 32]);
    // Odd in every way that makes one of ours unreadable.
    let mut odd = Sent {
        outer: vec![(200, vec![255])],
        inner: vec![(9, 77, vec![], vec![], 0)],
        ..Sent::award(3)
    };
    odd.keys[2] = Address::new_from_array([8; 32]);
    assert_eq!(seen([named_only, failed, foreign, odd]).await?, []);
    Ok(())
}

#[tokio::test]
async fn nothing_that_others_write_into_their_calls_is_kept() -> Result<()> {
    // OTHER calls the token program, then the program, which calls nobody; then the token program
    // again, through a program of its own.
    let forged = Sent {
        outer: vec![(4, vec![1]), (2, vec![])],
        inner: vec![
            (0, 3, vec![1], FORGED.to_vec(), 2),
            (0, 2, vec![1], FORGED.to_vec(), 2),
            (0, 4, vec![1], FORGED.to_vec(), 2),
            (0, 3, vec![1], FORGED.to_vec(), 3),
        ],
        ..Sent::award(0)
    };
    let nothing = |program, height| call(program, &[], &[], height);
    let calls = vec![
        OuterCall {
            program: OTHER,
            inner: vec![
                nothing(TOKEN_PROGRAM, 2),
                nothing(ID, 2),
                nothing(OTHER, 2),
                nothing(TOKEN_PROGRAM, 3),
            ],
        },
        OuterCall {
            program: ID,
            inner: vec![],
        },
    ];
    assert_eq!(seen([forged]).await?, [known(0, calls, &[MEMBER])]);
    Ok(())
}

#[tokio::test]
async fn the_program_is_found_inside_others_and_in_lookup_tables() -> Result<()> {
    let found = Address::new_from_array([4; 32]);
    let read = Address::new_from_array([5; 32]);
    // Keys: 0 the payer, 1 OTHER, 2 to 4 of no interest, 5 `found`, 6 the program, 7 the token
    // program, 8 `read`.
    let inside = Sent {
        keys: vec![PAYER, OTHER, MEMBER, MEMBER, MEMBER],
        outer: vec![(1, vec![5, 6, 7, 8])],
        inner: vec![
            (0, 6, vec![5, 8], FORGED.to_vec(), 2),
            (0, 7, vec![5, 8], b"receipt".to_vec(), 3),
        ],
        loaded: (vec![found], vec![ID, TOKEN_PROGRAM, read]),
        ..Sent::award(6)
    };
    let calls = vec![OuterCall {
        program: OTHER,
        inner: vec![
            call(ID, &[], &[], 2),
            call(TOKEN_PROGRAM, &[found, read], b"receipt", 3),
        ],
    }];
    assert_eq!(seen([inside]).await?, [known(6, calls, &[found])]);
    Ok(())
}

#[tokio::test]
async fn touched_is_what_the_message_lets_the_program_write() -> Result<()> {
    let calls = vec![OuterCall {
        program: ID,
        inner: vec![call(TOKEN_PROGRAM, &[MEMBER], b"receipt", 2)],
    }];
    // The payer signs and pays; the last three keys are only read.
    let expected = known(0, calls, &[PAYER, MEMBER]);
    assert_eq!(seen([Sent::award(0)]).await?, [expected]);
    Ok(())
}
