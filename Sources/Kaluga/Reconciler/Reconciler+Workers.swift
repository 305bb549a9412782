// Brings one device, or one instance, to the state that it should have.
import OctopusRecords

extension Reconciler {
  // MARK: A device

  /// Creates instances for the drivers of a device, and marks those that drive it wrongly.
  mutating func reconcile(_ id: DeviceID) {
    let device = devices[id]
    // A device that has not been seen yet keeps its instances.
    if let device, device.isUnseen { return markInstances(of: id) }
    let drivers = device?.drivers ?? []
    for driver in drivers where driver.instances == .perDevice {
      let key = InstanceKey(driver: driver.name, device: id)
      if numbers[key] == nil { create(key, driver) }
    }
    markInstances(of: id)
    assign(id, to: drivers.filter { $0.instances == .one })
  }

  private mutating func markInstances(of id: DeviceID) {
    dirtyInstances.formUnion(onDevice[id] ?? [])
  }

  /// Assigns a device to the instances for all devices of these drivers, and to no others.
  private mutating func assign(_ id: DeviceID, to drivers: [Driver]) {
    for number in sharedOwners(of: id)
    where !drivers.contains(where: { $0.name == instances[number]!.key.driver }) {
      // It is an owner, so it has an assignment.
      let assignment = instances[number]!.assignments.removeValue(forKey: id)!
      actions.append(.delete(InstanceRecord.assignmentName(assignment, number)))
      changed.insert(number)
      dirtyInstances.insert(number)
      owners[id]?.remove(number)
      if owners[id]?.isEmpty ?? false { owners[id] = nil }
    }
    for driver in drivers where blockingInstance(of: id, from: driver) == nil {
      assign(id, to: driver)
    }
  }

  /// The instance that must end before a driver can have a device: of the drivers that shadow
  /// others only one has it at a time, and no driver has it twice.
  private func blockingInstance(of id: DeviceID, from driver: Driver) -> Instance? {
    for number in (onDevice[id] ?? []).sorted() {
      let other = instances[number]!
      let isRival = driver.shadows && other.driver.shadows || other.key.driver == driver.name
      if other.hasProcess, isRival { return other }
    }
    return nil
  }

  private mutating func assign(_ id: DeviceID, to driver: Driver) {
    let key = InstanceKey(driver: driver.name, device: nil)
    let number = numbers[key] ?? create(key, driver)
    if instances[number]!.assignments[id] == nil {
      instances[number]!.assignments[id] = instances[number]!.nextAssignment
      instances[number]!.nextAssignment += 1
      owners[id, default: []].insert(number)
      changed.insert(number)
    }
    publish(instances[number]!.assignments[id]!, of: number, id)
    dirtyInstances.insert(number)
  }

  private func sharedOwners(of id: DeviceID) -> [Int] { (owners[id] ?? []).sorted() }

  mutating func publish(_ assignment: Int, of number: Int, _ id: DeviceID) {
    guard let record = devices[id]?.record else { return }
    actions.append(
      .publish(InstanceRecord.assignment(assignment, of: instances[number]!, record)))
  }

  // MARK: An instance

  @discardableResult
  private mutating func create(_ key: InstanceKey, _ driver: Driver) -> Int {
    let number = nextNumber
    nextNumber += 1
    add(Instance(saved: SavedInstance(number: number, key: key, since: now), driver: driver))
    dirtyInstances.insert(number)
    changed.insert(number)
    return number
  }

  private mutating func add(_ instance: Instance) {
    instances[instance.number] = instance
    numbers[instance.key] = instance.number
    if let id = instance.key.device { onDevice[id, default: []].insert(instance.number) }
    index(instance.number, [], instance.driver.after)
  }

  private mutating func drop(_ number: Int) {
    let instance = instances.removeValue(forKey: number)!
    numbers[instance.key] = nil
    index(number, instance.driver.after, [])
    if let id = instance.key.device {
      onDevice[id]?.remove(number)
      if onDevice[id]?.isEmpty ?? false { onDevice[id] = nil }
    }
    actions.append(.delete(InstanceRecord.name(number)))
    actions.append(.forget(number))
  }

  /// Takes the next step of an instance's life, if it is time.
  mutating func advance(_ number: Int) {
    guard let instance = instances[number] else { return }
    if instance.hasProcess { return advanceRunning(number) }
    if isLeaving {
      if !instance.saved.isHeld { actions.append(.forget(number)) }
      return
    }
    guard isWanted(instance) else { return drop(number) }
    if instance.state == .backingOff, let deadline = instance.deadline, deadline <= now {
      enter(number, .waiting, instance.reason)
    }
    guard instances[number]!.state == .waiting else { return }
    if let blocker = blocker(of: instances[number]!) {
      if instance.reason != blocker { enter(number, .waiting, blocker) }
    } else {
      start(number)
    }
  }

  private mutating func advanceRunning(_ number: Int) {
    let instance = instances[number]!
    if instance.state == .stopping {
      guard let deadline = instance.deadline, deadline <= now, !instance.isKilled else { return }
      instances[number]!.isKilled = true
      instances[number]!.deadline = nil
      actions.append(.kill(number))
    } else if isLeaving {
      stop(number, "kaluga ends")
    } else if !isWanted(instance) {
      stop(
        number,
        instance.key.device.map { devices[$0].map { $0.absence != nil } ?? true } ?? false
          ? "its device has gone" : "it is not the device's driver any more")
    } else if instance.saved.isHeld {
      stop(number, "it was stopped by command")
    } else if instance.saved.fingerprint != instance.driver.launch.fingerprint {
      stop(number, "the catalogue has changed")
    }
  }

  /// Whether the instance should exist.
  private func isWanted(_ instance: Instance) -> Bool {
    guard let driver = catalogue[instance.key.driver] else { return false }
    guard let id = instance.key.device else {
      return driver.instances == .one
        && (!instance.assignments.isEmpty || instance.keptUntil ?? 0 > now)
    }
    guard driver.instances == .perDevice, let device = devices[id] else { return false }
    return device.isUnseen || device.drivers.contains { $0.name == driver.name }
  }

  /// Why it cannot start yet.
  private func blocker(of instance: Instance) -> String? {
    if instance.saved.isHeld { return "it was stopped by command" }
    if !isConnected { return "octopusd is not there" }
    if let id = instance.key.device {
      if devices[id]?.isUnseen ?? true { return "its device's record is not there" }
      if let other = blockingInstance(of: id, from: instance.driver) {
        return "\(other.key.driver) still has the device"
      }
    }
    for query in instance.driver.after where !(conditions[query] ?? false) {
      return "it waits for \(query)"
    }
    return nil
  }

  private mutating func start(_ number: Int) {
    let instance = instances[number]!
    let device = instance.key.device.flatMap { devices[$0]?.record }
    let launch = instance.driver.launch
    let arguments: [String]
    do throws(ArgumentTemplate.Unusable) {
      arguments = try launch.arguments(for: device)
    } catch {
      return enter(number, .failed, error.message)
    }
    var variables = ["KALUGA_INSTANCE": InstanceRecord.name(number)]
    if let device, let id = instance.key.device {
      variables["KALUGA_DEVICE"] = device.name
      variables["KALUGA_SYSPATH"] = id.syspath.escaped
    } else {
      variables["KALUGA_DEVICES"] =
        "r'^kaluga\\.assignment\\.' { instance: '\(InstanceRecord.name(number))' }"
    }
    if instance.saved.fingerprint != 0 { instances[number]!.saved.restarts += 1 }
    instances[number]!.saved.fingerprint = launch.fingerprint
    instances[number]!.saved.stopMilliseconds = instance.driver.stopMilliseconds
    instances[number]!.hasProcess = true
    enter(number, .starting, "")
    save(number)
    actions.append(
      .start(
        StartRequest(
          number: number, device: instance.key.device,
          order: launch.order(arguments: arguments, variables: variables))))
  }

  mutating func stop(_ number: Int, _ reason: String) {
    guard let instance = instances[number], instance.hasProcess, instance.state != .stopping
    else { return }
    enter(number, .stopping, reason)
    let deadline = now + instance.saved.stopMilliseconds
    instances[number]!.deadline = deadline
    schedule(deadline, instance: number)
    actions.append(.terminate(number))
  }

  mutating func enter(_ number: Int, _ state: InstanceState, _ reason: String) {
    if instances[number]!.state != state { instances[number]!.saved.since = now }
    instances[number]!.state = state
    instances[number]!.reason = reason
    instances[number]!.deadline = nil
    changed.insert(number)
  }

  mutating func save(_ number: Int) { actions.append(.save(instances[number]!.saved)) }

  // MARK: Re-attaching

  /// For a driver that is not in the catalogue any more.
  private static let unknownLocation = SourceLocation(file: "", line: 0)

  /// Takes over an instance of an earlier Kaluga.
  mutating func reattach(_ recovered: RecoveredInstance) {
    let key = recovered.saved.key
    let driver =
      catalogue[key.driver]
      ?? Driver(
        name: key.driver, location: Self.unknownLocation, programLocation: Self.unknownLocation,
        launch: Launch(exec: []))
    var instance = Instance(saved: recovered.saved, driver: driver)
    if let id = key.device {
      devices[id] = devices[id] ?? Device(deadline: Device.never)
    } else {
      instance.keptUntil = Device.never
    }
    if case .running(let pid, let isReady) = recovered.process {
      instance.hasProcess = true
      instance.process = pid
      instance.state = isReady ? .running : .starting
    }
    add(instance)
    let number = recovered.saved.number
    if case .ended(let ending) = recovered.process, !recovered.saved.isHeld {
      instances[number]!.state = .running
      applyRestartPolicy(number, ending)
    }
    changed.insert(number)
    dirtyInstances.insert(number)
  }
}
