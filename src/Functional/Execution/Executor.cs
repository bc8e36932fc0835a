using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Buffers;
using Functional.Graphs;
using Functional.Kernels;

namespace Functional.Execution;

/// <summary>
/// A plan bound to memory of its own, ready to run: one straight pass over pre-bound kernels. Owned by one thread at a time.
/// </summary>
/// <typeparam name="T">The precision.</typeparam>
internal sealed unsafe class Executor<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ExecutionPlan _plan;
    private readonly Arena _arena;
    private readonly T* _values;
    private readonly BoundStep* _steps;
    private readonly Action<int> _setRows;
    private readonly Action _clearSubnormals;
    private readonly int _threads;
    private readonly RandomKey* _random;
    private readonly HostScalars _scalars;
    private readonly (int Index, long Offset)[] _scalarOffsets;
    private readonly (int Index, long Offset)[] _stepScalarOffsets;
    private int _rows;

    private Executor(
        ExecutionPlan plan,
        Arena arena,
        T* values,
        RandomKey* random,
        BoundStep* steps,
        Action<int> setRows,
        Action clearSubnormals,
        int threads
    )
    {
        _plan = plan;
        _arena = arena;
        _values = values;
        _random = random;
        _steps = steps;
        _setRows = setRows;
        _clearSubnormals = clearSubnormals;
        _threads = HasParts(plan, steps) ? threads : 1;
        _rows = plan.BatchSize;
        ILookup<bool, Node> given = plan
            .Buffers.Placements.Where(pair => pair.Value.Region == Region.Scalars)
            .ToLookup(pair => pair.Key.Primitive is Primitive.Vector, pair => pair.Key);
        foreach (Node vector in given[true])
            Write((Primitive.Vector)vector.Primitive, values + plan.Buffers[vector].Offset);
        Node[] scalars = [.. given[false]];
        _scalars = new HostScalars(scalars);
        _scalarOffsets = [.. scalars.Select(node => (_scalars.IndexOf(node), plan.Buffers[node].Offset))];
        _stepScalarOffsets = [.. _scalarOffsets.Where(scalar => _scalars.IsOfStep(scalar.Index))];
        StepScalars = [.. _scalars.StepScalars];
        ComputeScalars();
    }

    /// <summary>The step scalars that the plan reads, with the index that <see cref="SetStepScalar"/> takes.</summary>
    public (string Name, int Index)[] StepScalars { get; }

    /// <summary>Binds a plan to new memory.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="width">The width of the kernels' registers.</param>
    /// <param name="threads">The most threads to run a step on; they do not change the results.</param>
    /// <exception cref="FunctionalException">There is not enough memory.</exception>
    public static Executor<T> Create(ExecutionPlan plan, VectorWidth width, int threads = 1) =>
        width.Resolve() switch
        {
            VectorWidth.Bits512 => Create<V512<T>>(plan, threads),
            VectorWidth.Bits256 => Create<V256<T>>(plan, threads),
            _ => Create<V128<T>>(plan, threads),
        };

    /// <summary>Bytes of memory that a session of the plan takes: values, scratch and bound steps.</summary>
    public static long BytesOf(ExecutionPlan plan, VectorWidth width, int threads = 1) =>
        width.Resolve() switch
        {
            VectorWidth.Bits512 => Layout<V512<T>>(plan, threads).Total,
            VectorWidth.Bits256 => Layout<V256<T>>(plan, threads).Total,
            _ => Layout<V128<T>>(plan, threads).Total,
        };

    /// <summary>Has the JIT compile the plan's kernels, so that the first run does not.</summary>
    public static void CompileKernels(ExecutionPlan plan, VectorWidth width)
    {
        switch (width.Resolve())
        {
            case VectorWidth.Bits512:
                Binder<V512<T>, T>.CompileKernels(plan);
                break;
            case VectorWidth.Bits256:
                Binder<V256<T>, T>.CompileKernels(plan);
                break;
            default:
                Binder<V128<T>, T>.CompileKernels(plan);
                break;
        }
    }

    /// <summary>How a step's kernel is cut into tiles and blocks; empty where there is nothing to choose.</summary>
    public static string Describe(ExecutionPlan plan, Plans.Step step, VectorWidth width) =>
        width.Resolve() switch
        {
            VectorWidth.Bits512 => Binder<V512<T>, T>.Describe(plan, step),
            VectorWidth.Bits256 => Binder<V256<T>, T>.Describe(plan, step),
            _ => Binder<V128<T>, T>.Describe(plan, step),
        };

    /// <summary>The memory of a value, for a batch of the given number of rows.</summary>
    public Span<T> Values(Node node, int rows)
    {
        ObjectDisposedException.ThrowIf(_arena.IsDisposed, this);
        return new(_values + _plan.Buffers[node].Offset, node.Shape.Count * (node.Shape.HasBatch ? rows : 1));
    }

    /// <summary>Sets a step scalar for the runs to come.</summary>
    public void SetStepScalar(int index, double value) => _scalars.Set(index, value);

    /// <summary>Sets what the masks of the runs to come are drawn by: until then, seed 0 and step 0. Allocates nothing.</summary>
    public void SetRandom(RandomKey key)
    {
        ObjectDisposedException.ThrowIf(_arena.IsDisposed, this);
        *_random = key;
        GC.KeepAlive(_arena);
    }

    /// <summary>Runs every step for the batch in the feature and target buffers; allocates nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int rows)
    {
        ObjectDisposedException.ThrowIf(_arena.IsDisposed, this);
        if (rows != _rows)
        {
            _setRows(_rows = rows);
            ComputeScalars();
        }
        else if (_stepScalarOffsets.Length > 0)
        {
            _scalars.ComputeOfStep(rows);
            WriteScalars(_stepScalarOffsets);
        }
        WorkerTeam? team = _threads > 1 ? WorkerTeam.TryTake(_threads) : null;
        BoundStep* end = _steps + _plan.Steps.Count;
        if (team is null)
            for (BoundStep* step = _steps; step < end; step++)
                RunAlone(step);
        else
        {
            try
            {
                for (BoundStep* step = _steps; step < end; step++)
                    if (step->Parts > 1)
                        team.Run(step);
                    else
                        step->Run(0);
            }
            finally
            {
                team.Release();
            }
        }
        // Nothing but this method may know of the memory any more; its finalizer must wait.
        GC.KeepAlive(_arena);
    }

    /// <summary>
    /// Sets subnormal states to 0. A running mean of zeros, as a dead unit's, would shrink to the least subnormal number and stay there,
    /// and every step would be the slower for it.
    /// </summary>
    public void ClearSubnormalStates()
    {
        ObjectDisposedException.ThrowIf(_arena.IsDisposed, this);
        _clearSubnormals();
        GC.KeepAlive(_arena);
    }

    public void Dispose() => _arena.Dispose();

    private void ComputeScalars()
    {
        _scalars.Compute(_rows);
        WriteScalars(_scalarOffsets);
    }

    private static void Write(Primitive.Vector vector, T* target)
    {
        for (int i = 0; i < vector.Values.Count; i++)
            target[i] = T.CreateTruncating(vector.Values[i]);
    }

    private void WriteScalars((int Index, long Offset)[] scalars)
    {
        foreach ((int index, long offset) in scalars)
            _values[offset] = T.CreateTruncating(_scalars[index]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RunAlone(BoundStep* step)
    {
        for (int part = 0; part < step->Parts; part++)
            step->Run(part);
    }

    private static bool HasParts(ExecutionPlan plan, BoundStep* steps)
    {
        for (int i = 0; i < plan.Steps.Count; i++)
            if (steps[i].Parts > 1)
                return true;
        return false;
    }

    private static Executor<T> Create<TV>(ExecutionPlan plan, int threads)
        where TV : unmanaged, IVector<TV, T>
    {
        (long scratch, long random, long arguments, long total) = Layout<TV>(plan, threads);
        Arena arena = new(total);
        T* values = (T*)arena.Start;
        RandomKey* key = (RandomKey*)(arena.Start + random);
        Binder<TV, T> binder = new(plan, threads, values, (T*)(arena.Start + scratch), key, arena.Start + arguments);
        (long states, long count) = plan.Buffers.RangeOf(Region.States);
        return new(
            plan,
            arena,
            values,
            key,
            binder.Bind(),
            binder.SetRows,
            () => SubnormalKernel.Clear<TV, T>(values + states, count),
            threads
        );
    }

    private static (long Scratch, long Random, long Arguments, long Total) Layout<TV>(ExecutionPlan plan, int threads)
        where TV : unmanaged, IVector<TV, T>
    {
        long scratch = Align(plan.Buffers.Length * sizeof(T));
        long random = scratch + Align(threads * Binder<TV, T>.ScratchElements(plan) * sizeof(T));
        long arguments = random + Align(sizeof(RandomKey));
        return (scratch, random, arguments, arguments + Binder<TV, T>.ArgumentBytes(plan, threads));
    }

    private static long Align(long bytes) => (bytes + 63) & ~63L;
}
