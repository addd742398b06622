//! One purse: what came in, what was spent, what is reserved.

use std::time::Duration;

use crate::clock::Moment;

/// Micro-USD. Its law: available = credited − spent − held, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Wallet {
    /// Net of what an administrator took out.
    pub(crate) credited: i64,
    pub(crate) spent: i64,
    pub(crate) held: i64,
}

impl Wallet {
    pub(crate) fn of(credited: i64) -> Self {
        Self {
            credited,
            ..Self::default()
        }
    }

    /// Net of holds, and below 0 where calls in flight overshot.
    pub(crate) fn available(self) -> i64 {
        self.left() - self.held
    }

    /// Holds aside.
    pub(crate) fn left(self) -> i64 {
        self.credited - self.spent
    }
}

/// The wallet of an organisation, which may be read from a cache.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OrgWallet {
    pub(crate) wallet: Wallet,
    cached_for: Duration,
    cached: Option<(Moment, Wallet)>,
}

impl OrgWallet {
    pub(crate) fn new(credited: i64, cached_for: Duration) -> Self {
        Self {
            wallet: Wallet::of(credited),
            cached_for,
            cached: None,
        }
    }

    /// As its header and its admissions see it.
    pub(crate) fn seen(&mut self, now: Moment) -> Wallet {
        if self.cached_for.is_zero() {
            return self.wallet;
        }
        match self.cached {
            Some((at, wallet)) if now.since(at) < self.cached_for => wallet,
            _ => {
                self.cached = Some((now, self.wallet));
                self.wallet
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cached_wallet_is_read_anew_once_it_is_old() {
        let at = Moment::from_unix_seconds;
        let mut org = OrgWallet::new(100, Duration::from_secs(30));
        assert_eq!(org.seen(at(1_000)).left(), 100);
        org.wallet.spent = 40;
        assert_eq!(org.seen(at(1_029)).left(), 100);
        assert_eq!(org.seen(at(1_030)).left(), 60);
        let mut org = OrgWallet::new(100, Duration::ZERO);
        org.wallet.spent = 40;
        assert_eq!(org.seen(at(1)).left(), 60);
    }
}
