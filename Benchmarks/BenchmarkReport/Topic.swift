import Foundation

/// A workload in the engine, as the document shows it.
struct Topic {
  var workload: String
  var title: String
  var text: String
  /// The quantity that grows: `records`.
  var axis: String
  /// Seconds of the original, on ECLiPSe on another machine (see `Calibration`), by that quantity.
  var original: [Int: Double] = [:]

  var file: String { workload.replacingOccurrences(of: ".", with: "-") + ".svg" }

  static let all = [
    Topic(
      workload: "engine.get", title: "Get by name",
      text: """
        `GET object<i>` among n records `object<i> { attr: 'object<i>' }`, names drawn uniformly.
        """, axis: "records",
      original: [1: 1.75e-6, 1_000: 1.9e-6, 100_000: 3.65e-6, 1_000_000: 14.4e-6]),
    Topic(
      workload: "engine.set", title: "Set and delete",
      text: "`SET zzz { attr: 'zzz' }` and `DEL zzz`, together, beside n records `rec_<i>`.",
      axis: "records", original: [1_000: 21e-6, 1_000_000: 27e-6]),
    Topic(
      workload: "engine.five", title: "Five attributes, one record",
      text: """
        `GET _ { weight: 999, value: 'high', attr: 999, bench: 1234.123, rand: '1' }`, which matches one record, \
        among n records with five random attributes out of 15 names and 15 values.
        """, axis: "records",
      original: [8: 6.4e-6, 256: 9.4e-6, 1_000: 21e-6, 20_000: 1_680e-6, 100_000: 19_900e-6]),
    Topic(
      workload: "engine.common", title: "Five attributes, each common",
      text: """
        The harder kind: each of the five conditions holds for one record in 45, and all five for one record.
        """, axis: "records"),
    Topic(
      workload: "engine.names", title: "Names by regular expression",
      text: """
        `NAMES r'^bus7\\.port71\\.'` and the like, among 100,000 records, for n results. The \
        original's store had no other records.
        """, axis: "results", original: [1: 4.1e-6, 10: 17e-6, 100: 373e-6]),
    Topic(
      workload: "engine.numbers", title: "Names by a prefix of a number",
      text: """
        `NAMES r'^object12[0-9]$'`: the prefix ends within a number, so in natural order the \
        names that begin with it are not adjacent.
        """, axis: "results"),
    Topic(
      workload: "engine.publish", title: "Publish",
      text:
        "`PUBLISH msg { val: k }` to n subscriptions `_ { val: k }`, of which one matches.",
      axis: "subscriptions",
      original: [1: 10e-6, 100: 23e-6, 1_000: 136e-6, 2_048: 274e-6]),
    Topic(
      workload: "engine.triggers", title: "Set under triggers",
      text:
        "`SET msg { val: k }` with n persistent triggers `_ { val: k }`, of which one fires.",
      axis: "triggers", original: [1: 12e-6, 100: 25e-6, 1_000: 147e-6, 2_048: 285e-6]),
    Topic(
      workload: "engine.intervals", title: "Publish to intervals",
      text: """
        `PUBLISH msg { val: n }` to n subscriptions `_ { val >= 10k, val < 10k + 10 }`, of which \
        one matches.
        """, axis: "subscriptions"),
    Topic(
      workload: "engine.regexes", title: "Publish to regular expressions",
      text: """
        `PUBLISH msg { text: '…' }`, each with another text, to n subscriptions \
        `_ { text: r'host-<k>\\.(lan|local)' }`, of which one matches. The time grows with the number of \
        expressions, which are matched in sets of 1,024.
        """, axis: "subscriptions"),
  ]

  /// Reading and printing texts; these have no size.
  static let language: [(workload: String, title: String, original: Double?)] = [
    ("language.record", "Read `hw.pci.device.1 { … }` with six attributes", 1.06e-6),
    ("language.name", "Read `object1`", 0.18e-6),
    ("language.query", "Read the five-attribute query", 0.85e-6),
    ("language.print", "Print `hw.pci.device.1 { … }`", nil),
  ]
}
