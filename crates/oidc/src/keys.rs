//! RS256 signing keys and the JWK set that publishes their public halves.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKeyComponents};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The only signature algorithm (RFC 7518 §3.3): the one every client must support
/// (OpenID Connect Core 1.0 §15.1).
pub const ALGORITHM: &str = "RS256";

/// Smallest modulus, in bytes (RFC 7518 §3.3).
const MIN_MODULUS_BYTES: usize = 256;

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The cryptographic library could not make a key.
    #[error("the key could not be generated")]
    Generate,
    /// Not the PKCS#8 form of an RSA key of at least 2048 bits.
    #[error("not a PKCS#8 RSA key of at least 2048 bits")]
    Rejected,
    /// The cryptographic library could not sign.
    #[error("the signature could not be made")]
    Sign,
}

/// A private key that signs id tokens. `Debug` shows its key id only.
pub struct SigningKey {
    pair: KeyPair,
    public: PublicJwk,
}

impl SigningKey {
    /// Makes a key of 2048 bits. The randomness is that of the cryptographic library, which takes no
    /// other source; it takes some 100 ms, so run it off the async threads.
    ///
    /// # Errors
    /// [`KeyError::Generate`].
    pub fn generate() -> Result<Self, KeyError> {
        KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generate).map(Self::from_pair)
    }

    /// Reads what [`Self::to_pkcs8_der`] wrote (RFC 5208).
    ///
    /// # Errors
    /// [`KeyError::Rejected`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        let pair = KeyPair::from_pkcs8(der).map_err(|_| KeyError::Rejected)?;
        if pair.public_modulus_len() < MIN_MODULUS_BYTES {
            return Err(KeyError::Rejected);
        }
        Ok(Self::from_pair(pair))
    }

    /// The private key as PKCS#8 DER (RFC 5208), to be sealed before it is stored.
    ///
    /// # Errors
    /// [`KeyError::Rejected`], which does not happen for a key that signs.
    pub fn to_pkcs8_der(&self) -> Result<PrivateKeyDer, KeyError> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| KeyError::Rejected)?;
        Ok(PrivateKeyDer(der.as_ref().to_vec()))
    }

    /// The public half.
    pub fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// The key id: the thumbprint of the public half.
    pub fn kid(&self) -> &str {
        &self.public.kid
    }

    /// Signs a message (RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 §3.3).
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| KeyError::Sign)?;
        Ok(signature)
    }

    fn from_pair(pair: KeyPair) -> Self {
        let components = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let public = PublicJwk::from_components(&components.n, &components.e);
        Self { pair, public }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.public.kid).finish_non_exhaustive()
    }
}

/// A private key in the clear. `Debug` shows nothing.
pub struct PrivateKeyDer(Vec<u8>);

impl PrivateKeyDer {
    /// The bytes, for sealing.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PrivateKeyDer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKeyDer(***)")
    }
}

/// A published RSA key (RFC 7517 §4, RFC 7518 §6.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicJwk {
    kty: String,
    #[serde(rename = "use")]
    key_use: String,
    alg: String,
    kid: String,
    n: String,
    e: String,
}

impl PublicJwk {
    /// A key from modulus and exponent, big-endian without leading zeros.
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Self {
        let (n, e) = (URL_SAFE_NO_PAD.encode(modulus), URL_SAFE_NO_PAD.encode(exponent));
        let kid = thumbprint(&n, &e);
        Self { kty: "RSA".into(), key_use: "sig".into(), alg: ALGORITHM.into(), kid, n, e }
    }

    /// The key id: the thumbprint of RFC 7638 §3 with SHA-256.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub(crate) fn decoding_key(&self) -> Option<DecodingKey> {
        DecodingKey::from_rsa_components(&self.n, &self.e).ok()
    }
}

/// RFC 7638 §3.2: the required members in lexicographic order, without white space.
fn thumbprint(n: &str, e: &str) -> String {
    let json = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(json.as_bytes()))
}

/// The document at `jwks_uri` (RFC 7517 §5).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys; which ones is decided by [`rotation::plan`](crate::rotation::plan).
    pub keys: Vec<PublicJwk>,
}

impl JwkSet {
    /// The key of this id.
    pub fn find(&self, kid: &str) -> Option<&PublicJwk> {
        self.keys.iter().find(|key| key.kid == kid)
    }
}

impl FromIterator<PublicJwk> for JwkSet {
    fn from_iter<I: IntoIterator<Item = PublicJwk>>(keys: I) -> Self {
        Self { keys: keys.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rsa::KeyPairComponents;

    use super::*;

    // RFC 7638 §3.1.
    const RFC7638_N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

    // RFC 7515 appendix A.2.
    const A2_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    const A2_D: &str = "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ";
    const A2_P: &str = "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc";
    const A2_Q: &str = "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc";
    const A2_DP: &str = "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0";
    const A2_DQ: &str = "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU";
    const A2_QI: &str = "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U";
    const A2_INPUT: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const A2_SIGNATURE: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    fn rfc7515_key() -> SigningKey {
        let components = KeyPairComponents {
            public_key: PublicKeyComponents { n: bytes(A2_N), e: bytes("AQAB") },
            d: bytes(A2_D),
            p: bytes(A2_P),
            q: bytes(A2_Q),
            dP: bytes(A2_DP),
            dQ: bytes(A2_DQ),
            qInv: bytes(A2_QI),
        };
        SigningKey::from_pair(KeyPair::from_components(&components).unwrap())
    }

    #[test]
    fn the_thumbprint_of_rfc_7638_section_3_1_holds() {
        let key = PublicJwk::from_components(&bytes(RFC7638_N), &bytes("AQAB"));
        assert_eq!(key.kid(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn the_signature_of_rfc_7515_appendix_a_2_holds() {
        let signature = rfc7515_key().sign(A2_INPUT.as_bytes()).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(signature), A2_SIGNATURE);
    }

    #[test]
    fn the_signature_of_rfc_7515_appendix_a_2_is_verified_and_another_is_not() {
        let key = rfc7515_key().public().decoding_key().unwrap();
        let verify = |message: &str| {
            jsonwebtoken::crypto::verify(
                A2_SIGNATURE,
                message.as_bytes(),
                &key,
                jsonwebtoken::Algorithm::RS256,
            )
        };
        assert!(verify(A2_INPUT).unwrap());
        assert!(!verify("eyJhbGciOiJSUzI1NiJ9.e30").unwrap());
    }

    #[test]
    fn a_key_survives_being_stored() {
        let key = SigningKey::generate().unwrap();
        let read = SigningKey::from_pkcs8_der(key.to_pkcs8_der().unwrap().expose()).unwrap();
        assert_eq!(read.public(), key.public());
        assert_eq!(read.sign(b"x").unwrap(), key.sign(b"x").unwrap());
    }

    #[test]
    fn a_damaged_stored_key_is_refused() {
        let der = rfc7515_key().to_pkcs8_der().unwrap();
        for damaged in [&[][..], b"no key", &der.expose()[1..], &der.expose()[..500]] {
            assert_eq!(SigningKey::from_pkcs8_der(damaged).unwrap_err(), KeyError::Rejected);
        }
    }

    #[test]
    fn the_key_set_publishes_the_public_half_only() {
        let key = rfc7515_key();
        let set = JwkSet::from_iter([key.public().clone()]);
        let json = serde_json::to_value(&set).unwrap();
        let members: Vec<_> = json["keys"][0].as_object().unwrap().keys().cloned().collect();
        assert_eq!(members, ["kty", "use", "alg", "kid", "n", "e"]);
        assert_eq!(json["keys"][0]["n"], A2_N);
        assert_eq!(json["keys"][0]["e"], "AQAB");
        assert!(set.find(key.kid()).is_some() && set.find("other").is_none());
        assert_eq!(serde_json::from_value::<JwkSet>(json).unwrap(), set);
    }

    #[test]
    fn debug_output_shows_no_private_key() {
        let key = rfc7515_key();
        assert_eq!(format!("{key:?}"), format!("SigningKey {{ kid: {:?}, .. }}", key.kid()));
        assert_eq!(format!("{:?}", key.to_pkcs8_der().unwrap()), "PrivateKeyDer(***)");
    }
}
