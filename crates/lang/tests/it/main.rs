//! The texts themselves: complete in every language, used, and spelled as the code asks for them.

mod catalogue;
mod formats;
mod usage;
