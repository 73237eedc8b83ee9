//! Solana's networks and the chain ids that wallets write for them.

/// A network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// The main network.
    Mainnet,
    /// For validators' tests.
    Testnet,
    /// For developers' tests.
    Devnet,
    /// A network on the developer's own machine.
    Localnet,
}

impl Network {
    /// The network of a chain id: its name, its name in the Wallet Standard (`solana:mainnet`), or
    /// its name in CAIP-2, by the first 32 characters of the genesis hash.
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

    /// The chain id to request from a wallet.
    pub fn chain_id(self) -> &'static str {
        match self {
            Self::Mainnet => "mainnet",
            Self::Testnet => "testnet",
            Self::Devnet => "devnet",
            Self::Localnet => "localnet",
        }
    }
}
