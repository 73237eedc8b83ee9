//! Groups of `Name: value` lines, as reports have them.

/// A group's fields, names in lower case.
pub(super) struct Group(Vec<(String, String)>);

impl Group {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| &value[..])
    }

    /// The address of a value such as `rfc822; person@example.com`.
    pub(super) fn address(&self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        let address = value.split_once(';').map_or(value, |(_, address)| address);
        let address = address.trim().trim_matches(['<', '>']);
        (!address.is_empty()).then(|| super::shortened(address))
    }
}

/// Groups are separated by empty lines; a line that begins with a space continues the one before.
pub(super) fn groups(bytes: &[u8]) -> Vec<Group> {
    let text = String::from_utf8_lossy(bytes);
    let mut groups = Vec::new();
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.trim().is_empty() {
            if !fields.is_empty() {
                groups.push(Group(std::mem::take(&mut fields)));
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    if !fields.is_empty() {
        groups.push(Group(fields));
    }
    groups
}
