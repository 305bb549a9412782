// Why a record does not match, for people.

extension Query {
  /// The first thing that does not hold for a record, and what the record has instead; nil if it matches.
  package func mismatch(with record: Record) -> String? {
    if matches(record) { return nil }
    return record.withContents { contents in
      clause.withArena { arena in
        for term in clause.terms {
          let wanted = String(
            decoding: [UInt8]({ $0.append(term, of: clause, arena) }), as: UTF8.self)
          guard let index = contents.index(of: term.attribute.bytes(arena)) else {
            return "\(wanted), and it has no \(nameText(term.attribute.bytes(arena)))"
          }
          guard contents.withValue(index, { holds(term, $0, arena) }) else {
            let value = contents.withValue(index) { $0.value }
            return "\(wanted), and it has \(value)"
          }
        }
        let wanted = description.prefix { $0 != "{" }
        return "the name \(wanted)and it is \(record.name)"
      }
    }
  }
}
