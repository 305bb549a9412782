// Work that is done in parts, between the requests of clients.

extension Engine {
  /// The part of a step's work that one part of background work takes.
  var partWork: Int { bounds.stepBudget / 10 }

  /// Whether the host should give the engine the input `work`.
  package var hasWork: Bool {
    background.isNotEmpty || queues.hasUnsettled || queues.semaphores.hasOrphans
      || records.hasIdleCounters
  }

  private func hasWork(of kind: BackgroundWork.Kind) -> Bool {
    switch kind {
    case .grants: queues.hasUnsettled
    case .orphans: queues.semaphores.hasOrphans
    case .endings: !background.endings.isEmpty
    case .deletions: !background.deletions.isEmpty
    case .counters: records.hasIdleCounters
    case .indexes: background.buildsIndexes
    case .suspended: background.canRetry
    }
  }

  /// Carries out the next part of the work that is left.
  mutating func carryOn(now: Instant, into effects: inout [Effect]) {
    guard let kind = nextKind() else { return }
    records.budget.renew(to: partWork)
    switch kind {
    case .grants:
      transaction.begin(after: records.revision)
      defer { transaction.clear() }
      queues.grantUnsettled(transaction, &records)
      commit(transaction, into: &effects)
    case .orphans:
      transaction.begin(after: records.revision)
      defer { transaction.clear() }
      queues.semaphores.removeOrphans(transaction, &records)
      commit(transaction, into: &effects)
    case .endings:
      if var ending = background.endings.popFirst(), !carryOn(&ending, into: &effects) {
        background.endings.append(ending)
      }
    case .deletions:
      if var deletion = background.deletions.popFirst(), !carryOn(&deletion, into: &effects) {
        background.deletions.append(deletion)
      }
    case .counters: records.removeIdleCounters()
    case .indexes:
      let before = records.indexesToBuild
      records.continueIndexes()
      if records.indexesToBuild < before { background.retryAll() }
      background.buildsIndexes = records.indexesToBuild > 0
    case .suspended:
      records.budget.renew()
      if let request = background.takeRetry() { carryOut(request, into: &effects) }
      background.endRetry()
    }
  }

  private mutating func nextKind() -> BackgroundWork.Kind? {
    let kinds = BackgroundWork.Kind.allCases.filter { hasWork(of: $0) }
    return background.next { kinds.contains($0) }
  }

  private mutating func carryOut(_ request: SuspendedRequest, into effects: inout [Effect]) {
    guard sessions.isOpen(request.origin.session) else { return }
    records.refusesWrites = refusesChanges
    switch request.body {
    case .command(let command): run(command, request.origin, into: &effects)
    case .transaction(let commands): run(commands, request.origin, into: &effects)
    }
  }
}
