# Mails; put together in crates/mail/src/content.rs.
