import BenchmarkResults

// The head of the document: the comparison in short, what was measured where, and how.

extension Report {
  func heading() -> [String] {
    let lines = comparisons().map { comparison in
      let factors = comparison.factors
      let typical = median(factors)
      let verdict = typical < 0.9 ? "worse" : typical <= 1.1 ? "on par" : "better"
      let range = factors.count == 1 ? "" : "\(times(factors.min()!)) to \(times(factors.max()!))"
      return [comparison.what, comparison.peer, verdict, times(typical), range]
    }
    guard !lines.isEmpty else { return ["# Benchmarks"] }
    return [
      "# Benchmarks",
      """
      This page compares Octopus with the programs that one would use instead, on one machine with two cores. \
      A factor above 1 is in favour of Octopus: 2 × means half the time, twice the rate, or half the memory. Each line is \
      the median and the range of all measurements of its kind below.
      """,
      table(["", "Compared with", "Octopus is", "Factor", "Worst to best"], lines),
      """
      Redis does less for the same request: it stores a string by its key, where Octopus parses, orders and indexes a \
      record. [How it is measured](#how-it-is-measured) is at the end. `make bench` generates this page and its charts from \
      [its results](benchmarks/results.json).
      """,
      machine(),
    ]
  }

  private struct Comparison {
    var what: String
    var peer: String
    /// How many times better Octopus is, of each measurement.
    var factors: [Double]
  }

  private func comparisons() -> [Comparison] {
    func rates(_ workload: String) -> [Double] { results.of(workload).compactMap(\.ratio) }
    func costs(_ workloads: String...) -> [Double] {
      workloads.flatMap { results.of($0) }.compactMap(\.advantage)
    }
    let all = [
      Comparison(
        what: "Get by name, requests a second", peer: "Redis", factors: rates("redis.get")),
      Comparison(what: "Set, requests a second", peer: "Redis", factors: rates("redis.set")),
      Comparison(
        what: "Publish, messages a second", peer: "Redis", factors: rates("redis.publish")),
      Comparison(
        what: "Latency of a get or set, median", peer: "Redis",
        factors: ["get", "set"].flatMap { results.of("redis.latency.\($0)") }
          .filter { $0.at["permille"] == 500 }.compactMap(\.advantage)),
      Comparison(
        what: "Take and release a lock", peer: "Redis",
        factors: costs("coordination.lock.list", "coordination.lock.setnx")),
      Comparison(
        what: "Take and release a lock", peer: "etcd, ZooKeeper",
        factors: costs("coordination.lock.etcd", "coordination.lock.zookeeper")),
      Comparison(
        what: "From a lock's release to the next holder", peer: "Redis (`BLPOP`)",
        factors: costs("coordination.handover.list")),
      Comparison(
        what: "From a lock's release to the next holder", peer: "etcd, ZooKeeper",
        factors: costs("coordination.handover.etcd", "coordination.handover.zookeeper")),
      Comparison(
        what: "Semaphores and barriers", peer: "Redis (lists, scripts)",
        factors: costs("coordination.semaphore.list", "coordination.barrier.list")),
      Comparison(
        what: "A query over five attributes, in process", peer: "SQLite",
        factors: costs("sqlite.five", "sqlite.common")),
      Comparison(
        what: "From a kernel event to a running driver", peer: "udevd",
        factors: costs("hardware.event")),
      Comparison(
        what: "The same for 300 devices at once", peer: "udevd", factors: costs("hardware.burst")),
      Comparison(
        what: "Find the drivers for a device", peer: "libkmod", factors: costs("hardware.match")),
      Comparison(what: "Memory for a record", peer: "Redis", factors: costs("memory")),
    ]
    return all.filter { !$0.factors.isEmpty }
  }

  private func machine() -> String {
    let machine = results.machine
    let versions = machine.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let measured = days(results.measurements.filter { $0.stall == nil })
    return """
      Measured \(measured): \(machine.cores) cores, \(machine.memoryGiB) GiB, \
      \(machine.system), Linux \(machine.kernel), \(versions.joined(separator: ", ")).
      """
  }

  /// `2026-11-24, 2026-11-25 on AMD EPYC`
  func days(_ measurements: [WorkloadResult]) -> String {
    Results(machine: results.machine, measurements: measurements).days
      .map { processor, days in "\(days.sorted().joined(separator: ", ")) on \(processor)" }
      .sorted().joined(separator: "; ")
  }

  func method() -> [String] {
    [
      "## How it is measured",
      """
      * **Pairs.** Octopus and its peer run in turn, and which begins alternates. A factor is the median of the \
      ratios of these pairs, so that a neighbour that slows the machine for a while slows both.
      * **Servers.** Both run on core 0, each on a Unix socket, and Redis does not persist. The client runs on core 0 \
      too (*one core*) or on core 1 (*two cores*), which matters more than anything else. The client is the same for both: \
      `redis-benchmark` for requests a second, otherwise a small blocking one. With a core to itself, Octopus polls for the \
      next request for up to 100 µs before it sleeps \
      ([decision 0006](decisions/0006-a-loop-looks-before-it-sleeps.md)); the others sleep at once. That is most of the \
      difference on two cores.
      * **Records** have 256 bytes: `rec_<n> { v: '…' }` in Octopus, a key and a string of 256 bytes in Redis. Keys are random \
      among 100,000.
      * **Coordination.** Each member of a queue has its own connection, and one blocking client serves them all, \
      speaking each server's protocol on a bare socket. The figure is the median of all hand-overs within 0.2 s. \
      *Redis, tokens* is `BLPOP` and `LPUSH` of one token; the token is lost if its holder dies. *Redis, polling* is \
      `SET NX PX` and a script that compares and deletes; a client that does not get the lock asks again at once, each in its \
      own thread. Client libraries sleep in between, so they are slower, and the server less busy. Redis' barrier is a script that \
      counts, and a token for each member. *etcd* is its lock service (`v3lockpb`) over gRPC, one request where its client \
      library needs several; each member waits for more than 0.1 s before its turn, since etcd polls newer waits ten \
      times a second. *ZooKeeper* is its recipe of numbered ephemeral nodes, each watching the one before it. \
      Both keep their data in memory (tmpfs), ZooKeeper does not force its log, and its Java is warm.
      * **In the engine**: from the text of a request to the rendered reply, in one process without a socket; \
      the median of runs of 10 ms of processor time. Inputs are drawn uniformly from a fixed seed and prepared beforehand.
      * **SQLite** runs in the same process, in memory, with prepared statements. Attributes are rows of a table with an \
      index on name, value and record.
      * **The original** is the C and Prolog of Barrelfish on ECLiPSe, measured once, on another machine, in process. Our \
      times are converted to that machine: each of our runs is paired with a calibration query of SQLite, which took \
      \(duration(Calibration.secondsOnOriginalMachine)) there \
      ([decision 0008](decisions/0008-a-calibration-query-beside-the-original.md)).
      """,
      "## Run it",
      """
      ```console
      $ make bench                        # ten minutes; leave the machine alone meanwhile
      $ make bench ONLY=engine,redis.get  # only workloads that begin so; the other results stay
      $ make bench ONLY=stalls            # how long a client can hold up others: limits.md
      $ make bench QUICK=1                # does all of it still run?
      $ make bench-check                  # do the results keep the bounds of scripts/bench-check?
      ```
      """,
    ]
  }
}
