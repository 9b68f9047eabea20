//! Tree to core: the last place a user can be wrong.
