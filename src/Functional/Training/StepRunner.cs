using System.Numerics;
using System.Runtime.CompilerServices;
using Functional.Execution;

namespace Functional;

/// <summary>Takes training steps one after the other: sets the optimizer's numbers of the step and runs the plan.</summary>
internal sealed class StepRunner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Steps after which subnormal states are set to 0: so many that it costs nothing, so few that none slows long.</summary>
    private const int StepsToSubnormals = 64;

    // From here on 1 − aᵗ is 1, and aᵗ would end as a subnormal number.
    private const double LeastPower = 1e-30;

    private readonly Executor<T> _executor;
    private readonly (Optimizer.StepScalar Scalar, int Index)[] _scalars;
    private readonly (double First, double Second)[] _powers;
    private readonly LearningRateSchedule? _schedule;

    public StepRunner(Executor<T> executor, Optimizer optimizer)
    {
        _executor = executor;
        _schedule = optimizer.Schedule;
        _scalars =
        [
            .. executor.StepScalars.Select(slot =>
                (optimizer.Scalars.Single(scalar => scalar.Name == slot.Name), slot.Index)
            ),
        ];
        _powers = [.. _scalars.Select(_ => (1.0, 1.0))];
    }

    /// <summary>The number of steps taken.</summary>
    public long Count { get; private set; }

    /// <summary>One step on the rows in the batch's memory; allocates nothing.</summary>
    /// <exception cref="LearningRateException">The schedule gives no factor for the step, which is not taken.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int rows)
    {
        double rate = _schedule is null ? 1 : _schedule.At(Count + 1);
        Count++;
        for (int i = 0; i < _scalars.Length; i++)
        {
            (Optimizer.StepScalar scalar, int index) = _scalars[i];
            (double first, double second) = (_powers[i].First * scalar.First, _powers[i].Second * scalar.Second);
            _powers[i] = (first < LeastPower ? 0 : first, second < LeastPower ? 0 : second);
            double value = scalar.Of(_powers[i].First, _powers[i].Second);
            _executor.SetStepScalar(index, scalar.Schedule is null ? value : value * rate);
        }
        _executor.Run(rows);
        if (Count % StepsToSubnormals == 0)
            _executor.ClearSubnormalStates();
    }

    /// <summary>How far it has come, to come back to with <see cref="Restore"/>.</summary>
    public (long Count, (double First, double Second)[] Powers) Save() => (Count, [.. _powers]);

    public void Restore((long Count, (double First, double Second)[] Powers) state)
    {
        Count = state.Count;
        state.Powers.CopyTo(_powers, 0);
    }
}
