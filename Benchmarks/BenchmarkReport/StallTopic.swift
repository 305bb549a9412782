/// Something that one client does while another waits, as the document shows it.
struct StallTopic {
  /// The workload is `stalls.` and this.
  var workload: String
  var title: String
  /// Seconds that another client waited before steps had a budget.
  var before: Double?
  /// What keeps the others from waiting longer.
  var limit: String

  init(_ workload: String, _ title: String, before milliseconds: Double? = nil, _ limit: String) {
    self.workload = "stalls." + workload
    self.title = title
    before = milliseconds.map { $0 / 1_000 }
    self.limit = limit
  }

  private static let step = "the work of a step"
  private static let parts = "done in parts"
  private static let turns = "turns of connections"
  private static let program = "size of expressions"
  private static let equal = "watches of one value"
  private static let watching = "work of watches"

  static let groups: [(title: String, topics: [StallTopic])] = [
    ("Queries", queries), ("Writes", writes), ("Triggers, subscriptions and waits", watches),
    ("Locks, semaphores and barriers", queues), ("The server itself", server),
  ]

  private static let queries = [
    StallTopic(
      "queries.first.integer", "the first query of an attribute: integers", before: 150, parts),
    StallTopic("queries.first.few", "the same, 97 values", before: 226, parts),
    StallTopic("queries.first.text", "the same, texts", before: 773, parts),
    StallTopic("queries.unanchored", "`COUNT r'7777$'`", before: 120, step),
    StallTopic("queries.unanchored.pages", "the same in pages", step),
    StallTopic("queries.names", "`NAMES r'.'`", before: 196, step),
    StallTopic("queries.names.pages", "the same in pages", step),
    StallTopic("queries.all", "`FIND _`", before: 90, step),
    StallTopic("queries.all.pages", "the same in pages", step),
    StallTopic("queries.sorted", "`FIND` of all by a range of numbers", before: 2_608, step),
    StallTopic("queries.sorted.few", "the same of 7,000", step),
    StallTopic("queries.explain", "`EXPLAIN` of a range and an expression", before: 1_228, step),
    StallTopic("queries.constraints", "`COUNT` with 500 constraints", before: 10_801, step),
    StallTopic(
      "queries.constraints.most", "`COUNT` with 5,000 constraints", before: 17_725, step),
    StallTopic(
      "queries.regex.names", "`COUNT r'((([a-z_0-9]?){20}){20})x$'`", before: 111_102, program),
    StallTopic("queries.regex.names.allowed", "`COUNT r'(l\\|_)*_([0-9_l]){8}$'`", step),
    StallTopic(
      "queries.regex.texts", "`COUNT _ { t: r'((([ab]?){20}){20})c$' }`, 40 texts of 64 KB",
      before: 21_642, program),
    StallTopic(
      "queries.regex.texts.allowed",
      "`COUNT _ { t: r'(a\\|b)*a(a\\|b){12}[cd]' }`, 40 texts of 8 KB",
      step),
    StallTopic("queries.pipeline.counts", "1,000 `COUNT r'q'` at once", before: 64_172, turns),
    StallTopic(
      "queries.pipeline.regexes", "30 queries with 32 `\\pL{12}` each at once", before: 7_092,
      program),
    StallTopic("queries.pipeline.regexes.allowed", "1,000 queries with a `\\pL` at once", turns),
    StallTopic(
      "queries.transaction.regexes", "a transaction of 120 queries with 32 `\\pL{12}` each",
      before: 26_600, program),
    StallTopic("queries.transaction.gets", "a transaction of 10,000 `GET`", before: 3, step),
    StallTopic(
      "queries.transaction.finds", "a transaction of 10,000 `FIND _ LIMIT 100`", before: 54, step),
    StallTopic(
      "queries.transaction.names", "a transaction of 1,000 `EXISTS` of 1,000 names each",
      before: 279, "size of transactions"),
  ]

  private static let writes = [
    StallTopic("writes.transaction.sets", "a transaction of 10,000 `SET`", before: 20, step),
    StallTopic("writes.transaction.sets.few", "the same of 3,000, with an attribute", step),
    StallTopic(
      "writes.transaction.updates", "a transaction of 3,000 `UPDATE` of a record of 1 MB",
      before: 10_863, step),
    StallTopic("writes.pipeline.updates", "400 of them at once", before: 800, turns),
    StallTopic(
      "writes.transaction.deletions", "a transaction of 9 `DEL … ALL`, 450,000 records",
      before: 2_223, step),
    StallTopic(
      "writes.transaction.undone", "a transaction of 5 `DEL … ALL` that is undone", before: 3_497,
      step),
    StallTopic("writes.deletion", "`DEL … ALL` of 111,111 records", before: 501, parts),
    StallTopic("writes.load", "1,000,000 `SET`, a thousand at a time", turns),
    StallTopic("writes.load.deletion", "their `DEL … ALL`", parts),
    StallTopic(
      "writes.end", "the end of a session with 1,000,000 records", before: 1_239, parts),
    StallTopic(
      "writes.end.observed", "the same, with two indexes and an observer", before: 2_902, parts),
    StallTopic("writes.end.many", "the end of 200 sessions with 2,000 records each", parts),
    StallTopic("writes.counters", "`SETSEQ` and `DEL` of 100,000 names", parts),
  ]

  private static let watches = [
    StallTopic("watches.observe", "`OBSERVE _`", before: 107, step),
    StallTopic("watches.psubscribe", "`PSUBSCRIBE _`", before: 87, step),
    StallTopic("watches.same.install", "1,001 triggers of one name", equal),
    StallTopic("watches.same.set", "the `SET` of it", before: 1_464, equal),
    StallTopic("watches.values.set", "`SET` of 200 values with 1,000 triggers each", watching),
    StallTopic(
      "watches.values.publish", "`PUBLISH` to 200,000 subscriptions, likewise", before: 212,
      watching),
    StallTopic(
      "watches.intervals.publish", "`PUBLISH` into 200,000 nested intervals", before: 80, watching),
    StallTopic("watches.regexes.install", "1,000 subscriptions to costly expressions", watching),
    StallTopic(
      "watches.regexes.publish", "`PUBLISH` of 1,000 bytes to them", before: 2_740, watching),
    StallTopic("watches.regexes.publish.longest", "the same of 8,000 bytes", watching),
    StallTopic(
      "watches.regexes.publish.longer", "the same of 16,000 bytes, which are not searched",
      before: 43_387, "length of texts"),
    StallTopic(
      "watches.names.set", "`SET` of 60 letters, 10,000 triggers of expressions", before: 63,
      watching),
    StallTopic("watches.names.set.long", "the same of 1,000 letters", before: 1_900, watching),
    StallTopic("watches.waits", "`SET` that ends 200 `WAITFOR r'z+(z\\|i)$'`", before: 4_835, step),
    StallTopic("watches.waits.prefix", "the same of `r'^zz_[0-9]*i$'`", watching),
    StallTopic("watches.waits.count", "the same of `r'^zz' COUNT 50001`", watching),
    StallTopic("watches.sessions.publish", "`PUBLISH` to 5,000 sessions", parts),
    StallTopic(
      "watches.deletion", "`DEL … ALL` of 111,111 records with 180 triggers of 20 sessions",
      before: 4_515, parts),
    StallTopic(
      "watches.end.triggers", "the end of a session with 1,000,000 triggers", before: 1_139, parts),
    StallTopic(
      "watches.end.subscriptions", "the end of a session with 500,000 subscriptions", parts),
  ]

  private static let queues = [
    StallTopic(
      "queues.lock.shared", "`UNLOCK` that grants to 300,000 that share", before: 713, parts),
    StallTopic("queues.lock.shared.end", "the end of their session", before: 648, parts),
    StallTopic(
      "queues.lock.taken", "`LOCK` past 1,000,000 names that are taken", before: 234,
      "names of counters"),
    StallTopic("queues.lock.timeouts", "300,000 time limits at one moment", before: 1_099, parts),
    StallTopic("queues.semaphore.post", "`SEM POST` that grants to 100,000", before: 779, parts),
    StallTopic("queues.semaphore.post.one", "the same, of one holder", before: 610, parts),
    StallTopic(
      "queues.semaphore.deletion", "`DEL` of a semaphore that 300,000 wait for", before: 1_678,
      parts),
    StallTopic(
      "queues.barrier.enter", "the 10,000th `BARRIER ENTER`", before: 270, "parties of a barrier"),
    StallTopic(
      "queues.barrier.end", "the end of a session that entered 9,999 times", before: 263, parts),
  ]

  private static let server = [
    StallTopic("server.clients", "`CLIENT LIST` of 1,000 clients", before: 4, "number of clients"),
    StallTopic("server.info", "`INFO`", before: 2, "constant"),
    StallTopic("server.info.pipeline", "5,000 `INFO` at once", before: 300, turns),
    StallTopic("server.help.pipeline", "2,000 `HELP` at once", before: 650, turns),
    StallTopic("server.slowlog", "`SLOWLOG GET`", "entries of the log"),
    StallTopic(
      "server.config", "`CONFIG GET` of a pattern of 1 MB", before: 69, "size of patterns"),
    StallTopic("server.monitor", "1,000 `PING` while 20 clients `MONITOR`", before: 6, turns),
  ]
}
