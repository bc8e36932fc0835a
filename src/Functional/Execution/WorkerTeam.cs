namespace Functional.Execution;

/// <summary>
/// The process's worker threads: started once, waiting for a step to share, first spinning and then parked. A step's parts are fixed;
/// whoever is free claims the next one, the caller too, so that a worker that the system holds up delays nobody. One run has the team at
/// a time; who finds it taken runs alone, which gives the same bits.
/// </summary>
internal sealed unsafe class WorkerTeam
{
    // Some 20 µs: longer than the gap between two shared steps, shorter than anyone would miss.
    private const int SpinsBeforeParking = 500;

    private static readonly WorkerTeam Team = new();

    private Worker[] _workers = [];
    private BoundStep* _step;

    // Parts not yet claimed, and parts not yet done, of the step that is being shared.
    private int _unclaimed;
    private int _unfinished;
    private int _taken;

    private WorkerTeam() { }

    /// <summary>Takes the team for a run of several steps; null if another run has it. Give it back with <see cref="Release"/>.</summary>
    /// <param name="threads">The threads wanted, the caller's included; at least 2.</param>
    public static WorkerTeam? TryTake(int threads)
    {
        if (Interlocked.CompareExchange(ref Team._taken, 1, 0) != 0)
            return null;
        if (Team._workers.Length < threads - 1)
            Team._workers =
            [
                .. Team._workers,
                .. Enumerable.Range(0, threads - 1 - Team._workers.Length).Select(_ => new Worker(Team)),
            ];
        return Team;
    }

    public void Release() => Volatile.Write(ref _taken, 0);

    /// <summary>Runs a step in its parts and returns when all are done.</summary>
    public void Run(BoundStep* step)
    {
        _step = step;
        Volatile.Write(ref _unfinished, step->Parts);
        Interlocked.Exchange(ref _unclaimed, step->Parts);
        for (int i = 0; i < step->Parts - 1; i++)
            _workers[i].Wake();
        RunParts();
        for (int spins = 0; Volatile.Read(ref _unfinished) != 0; spins++)
            if (spins < SpinsBeforeParking)
                Thread.SpinWait(4);
            else
                Thread.Yield();
    }

    // A claim holds the step: it is not done before the part is, so the step's address cannot change in between.
    private void RunParts()
    {
        int unclaimed;
        while ((unclaimed = Volatile.Read(ref _unclaimed)) > 0)
            if (Interlocked.CompareExchange(ref _unclaimed, unclaimed - 1, unclaimed) == unclaimed)
            {
                _step->Run(unclaimed - 1);
                Interlocked.Decrement(ref _unfinished);
            }
    }

    /// <summary>A thread that claims parts whenever it is woken.</summary>
    private sealed class Worker
    {
        private readonly WorkerTeam _team;
        private readonly SemaphoreSlim _parked = new(0);
        private int _isParked;

        public Worker(WorkerTeam team)
        {
            _team = team;
            new Thread(Loop, maxStackSize: 256 * 1024) { IsBackground = true, Name = "Functional worker" }.Start();
        }

        public void Wake()
        {
            if (Volatile.Read(ref _isParked) == 1 && Interlocked.Exchange(ref _isParked, 0) == 1)
                _parked.Release();
        }

        private void Loop()
        {
            for (int spins = 0; ; spins++)
                if (Volatile.Read(ref _team._unclaimed) > 0)
                {
                    _team.RunParts();
                    spins = 0;
                }
                else if (spins < SpinsBeforeParking)
                    Thread.SpinWait(4);
                else
                {
                    Park();
                    spins = 0;
                }
        }

        // Announces first and looks again after: parts offered in between are seen, or their offer sees the announcement.
        private void Park()
        {
            Interlocked.Exchange(ref _isParked, 1);
            if (Volatile.Read(ref _team._unclaimed) > 0 && Interlocked.Exchange(ref _isParked, 0) == 1)
                return;
            _parked.Wait();
        }
    }
}
