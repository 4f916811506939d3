//! Which signing key signs, which keys are published, and when the next one is made.

/// The times of a key. A key is published from its creation on, so that hubs know it before it signs
/// (OpenID Connect Core 1.0 §10.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTimes {
    /// The key id.
    pub kid: String,
    /// When it was made, epoch.
    pub created_at_seconds: i64,
    /// From when on it signs, epoch.
    pub activates_at_seconds: i64,
    /// From when on it neither signs nor is published, epoch: set to withdraw a key by hand, for
    /// example one that leaked. Without it the key goes after its successor has signed long enough.
    pub retires_at_seconds: Option<i64>,
}

/// How keys follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationPolicy {
    /// How long a key signs.
    pub sign_seconds: i64,
    /// How long a key is published before it signs: longer than hubs and caches keep the key set.
    pub lead_seconds: i64,
    /// How long a key is published after its successor began to sign: longer than id tokens live.
    pub keep_seconds: i64,
}

impl Default for RotationPolicy {
    /// 90 days, published one day before and one day after.
    fn default() -> Self {
        Self { sign_seconds: 90 * 86_400, lead_seconds: 86_400, keep_seconds: 86_400 }
    }
}

/// What holds at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPlan<'k> {
    /// The key that signs. None only before the first key exists; then `create` says so.
    pub signs: Option<&'k str>,
    /// The keys to publish, the signing one first.
    pub published: Vec<&'k str>,
    /// A key to make now, to begin signing at this time (epoch).
    pub create_activating_at_seconds: Option<i64>,
    /// Keys whose private half can be deleted.
    pub removable: Vec<&'k str>,
}

/// Decides about the keys at hand (OpenID Connect Core 1.0 §10.1.1). Keys may come in any order.
/// Run it again after a key was made; two processes that both make one do no harm.
pub fn plan<'k>(keys: &'k [KeyTimes], policy: RotationPolicy, now_seconds: i64) -> KeyPlan<'k> {
    let mut usable: Vec<_> = keys.iter().filter(|key| !is_retired(key, now_seconds)).collect();
    usable.sort_by_key(|key| (key.activates_at_seconds, key.created_at_seconds, &key.kid));
    let pending_from = usable.partition_point(|key| key.activates_at_seconds <= now_seconds);
    // A published key steps in early when the signing one was withdrawn.
    let signer = pending_from.saturating_sub(1);
    let is_kept = |index: usize| {
        let successor = usable.get(index + 1).filter(|_| index < signer);
        successor
            .is_none_or(|next| now_seconds < next.activates_at_seconds.saturating_add(policy.keep_seconds))
    };
    let mut published: Vec<_> =
        (0..usable.len()).filter(|index| is_kept(*index)).map(|index| usable[index].kid.as_str()).collect();
    let signs = usable.get(signer).map(|key| key.kid.as_str());
    published.sort_by_key(|kid| Some(*kid) != signs);
    let removable = keys.iter().map(|key| key.kid.as_str()).filter(|kid| !published.contains(kid)).collect();
    let has_pending = usable.len() > signer + 1;
    let next = usable.get(signer).map(|key| key.activates_at_seconds.saturating_add(policy.sign_seconds));
    let create_activating_at_seconds = match next {
        None => Some(now_seconds),
        Some(_) if has_pending => None,
        Some(due) if due.saturating_sub(policy.lead_seconds) > now_seconds => None,
        Some(due) => Some(due.max(now_seconds.saturating_add(policy.lead_seconds))),
    };
    KeyPlan { signs, published, create_activating_at_seconds, removable }
}

fn is_retired(key: &KeyTimes, now_seconds: i64) -> bool {
    key.retires_at_seconds.is_some_and(|retires| retires <= now_seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RotationPolicy = RotationPolicy { sign_seconds: 1000, lead_seconds: 100, keep_seconds: 50 };

    fn key(kid: &str, created: i64, activates: i64) -> KeyTimes {
        KeyTimes {
            kid: kid.into(),
            created_at_seconds: created,
            activates_at_seconds: activates,
            retires_at_seconds: None,
        }
    }

    #[test]
    fn the_first_key_signs_at_once() {
        let first = plan(&[], POLICY, 7);
        assert_eq!((first.signs, first.create_activating_at_seconds), (None, Some(7)));
        let keys = [key("a", 7, 7)];
        let plan = plan(&keys, POLICY, 7);
        assert_eq!((plan.signs, plan.create_activating_at_seconds), (Some("a"), None));
        assert_eq!(plan.published, ["a"]);
    }

    #[test]
    fn a_successor_is_made_in_time_and_published_before_it_signs() {
        let keys = [key("a", 0, 0)];
        assert_eq!(plan(&keys, POLICY, 899).create_activating_at_seconds, None);
        assert_eq!(plan(&keys, POLICY, 900).create_activating_at_seconds, Some(1000));
        let keys = [key("b", 900, 1000), key("a", 0, 0)];
        let before = plan(&keys, POLICY, 999);
        assert_eq!((before.signs, before.create_activating_at_seconds), (Some("a"), None));
        assert_eq!(before.published, ["a", "b"]);
        assert_eq!(plan(&keys, POLICY, 1000).signs, Some("b"));
    }

    #[test]
    fn an_old_key_is_published_until_its_tokens_are_gone() {
        let keys = [key("a", 0, 0), key("b", 900, 1000)];
        let during = plan(&keys, POLICY, 1049);
        assert_eq!(during.published, ["b", "a"]);
        assert!(during.removable.is_empty());
        let after = plan(&keys, POLICY, 1050);
        assert_eq!(after.published, ["b"]);
        assert_eq!(after.removable, ["a"]);
    }

    #[test]
    fn after_a_long_pause_the_old_key_signs_until_the_new_one_was_published_long_enough() {
        let keys = [key("a", 0, 0)];
        let late = plan(&keys, POLICY, 50_000);
        assert_eq!((late.signs, late.create_activating_at_seconds), (Some("a"), Some(50_100)));
        let keys = [key("a", 0, 0), key("b", 50_000, 50_100)];
        assert_eq!(plan(&keys, POLICY, 50_099).signs, Some("a"));
        assert_eq!(plan(&keys, POLICY, 50_100).published, ["b", "a"]);
    }

    #[test]
    fn a_withdrawn_key_is_gone_at_once() {
        let withdrawn = KeyTimes { retires_at_seconds: Some(500), ..key("a", 0, 0) };
        let alone = [withdrawn.clone()];
        let gone = plan(&alone, POLICY, 500);
        assert_eq!((gone.signs, gone.create_activating_at_seconds), (None, Some(500)));
        assert_eq!((gone.published.len(), gone.removable), (0, vec!["a"]));
        let keys = [withdrawn, key("b", 400, 1000)];
        let stepped_in = plan(&keys, POLICY, 500);
        assert_eq!((stepped_in.signs, stepped_in.published), (Some("b"), vec!["b"]));
        assert_eq!(stepped_in.create_activating_at_seconds, None);
    }

    #[test]
    fn two_keys_made_at_once_do_no_harm() {
        let keys = [key("a", 0, 0), key("b", 900, 1000), key("c", 900, 1000)];
        let plan = plan(&keys, POLICY, 1010);
        assert_eq!((plan.signs, plan.published), (Some("c"), vec!["c", "a", "b"]));
    }

    #[test]
    fn over_years_there_is_always_one_signer_and_it_was_published_before() {
        let mut keys = vec![key("0", 0, 0)];
        for now in (0..20_000).step_by(7) {
            let made = plan(&keys, POLICY, now).create_activating_at_seconds;
            keys.extend(made.map(|activates| key(&now.to_string(), now, activates)));
            let current = plan(&keys, POLICY, now);
            let signer = keys.iter().find(|key| Some(key.kid.as_str()) == current.signs).unwrap();
            assert!(current.published.contains(&signer.kid.as_str()));
            assert!(signer.created_at_seconds == 0 || now - signer.created_at_seconds >= POLICY.lead_seconds);
            assert!(now - signer.activates_at_seconds <= POLICY.sign_seconds + POLICY.lead_seconds);
            let removable: Vec<_> = current.removable.into_iter().map(str::to_owned).collect();
            keys.retain(|key| !removable.contains(&key.kid));
            assert!(keys.len() <= 3);
        }
    }
}
