//! Solana's networks and the chain ids that wallets write for them.

/// A network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// The main one.
    Mainnet,
    /// For validators' tests.
    Testnet,
    /// For developers' tests.
    Devnet,
    /// One's own.
    Localnet,
}

impl Network {
    /// The network of a chain id: its name, the name as the Wallet Standard has it
    /// (`solana:mainnet`), or as CAIP-2 has it, by the first 32 characters of the genesis hash.
    pub fn of_chain_id(chain_id: &str) -> Option<Self> {
        match chain_id {
            "mainnet" | "solana:mainnet" | "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp" => {
                Some(Self::Mainnet)
            }
            "testnet" | "solana:testnet" | "solana:4uhcVJyU9pJkvQyS88uRDiswHXSCkY3z" => {
                Some(Self::Testnet)
            }
            "devnet" | "solana:devnet" | "solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1" => {
                Some(Self::Devnet)
            }
            "localnet" | "solana:localnet" => Some(Self::Localnet),
            _ => None,
        }
    }

    /// The chain id to ask a wallet for.
    pub fn chain_id(self) -> &'static str {
        match self {
            Self::Mainnet => "mainnet",
            Self::Testnet => "testnet",
            Self::Devnet => "devnet",
            Self::Localnet => "localnet",
        }
    }
}
