//! The user who runs the server. The server refuses root, so root gives the files to another user.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use nix::unistd::{Gid, Uid, User};

use super::file_error;
use crate::Error;

/// The user that root runs the server as.
pub(super) struct Owner {
    name: String,
    pub(super) uid: Uid,
    pub(super) gid: Gid,
}

/// The user to run the server as; none if this process's own user may run it.
pub(super) fn owner(name: &str) -> Result<Option<Owner>, Error> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    match User::from_name(name) {
        Ok(Some(user)) => Ok(Some(Owner {
            name: user.name,
            uid: user.uid,
            gid: user.gid,
        })),
        _ => Err(Error::NoServerUser {
            name: name.to_owned(),
        }),
    }
}

impl Owner {
    /// Checks that this user can reach `dir`, so that the error can name the closed folder.
    pub(super) fn check_way_to(&self, dir: &Path) -> Result<(), Error> {
        for above in dir.ancestors().skip(1) {
            let meta = fs::metadata(above).map_err(file_error(above))?;
            let enter = if meta.uid() == self.uid.as_raw() {
                0o100
            } else if meta.gid() == self.gid.as_raw() {
                0o010
            } else {
                0o001
            };
            if meta.permissions().mode() & enter == 0 {
                return Err(Error::Unreachable {
                    dir: above.to_owned(),
                    user: self.name.clone(),
                });
            }
        }
        Ok(())
    }
}
