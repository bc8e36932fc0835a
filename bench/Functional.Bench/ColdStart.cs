using System.Diagnostics;
using System.Globalization;

namespace Functional.Bench;

/// <summary>How long a process takes that does nothing but start, compile the moons network and train one step.</summary>
public static class ColdStart
{
    /// <summary>Trains one step and prints the milliseconds since the process began, and those that are the library's.</summary>
    public static int Run()
    {
        long start = Stopwatch.GetTimestamp();
        NetworkCase moons = ReferenceCases.All[0];
        TrainingPlan<float> plan = moons.Training.CompileTraining<float>(moons.Loss, moons.Optimizer, moons.Batch);
        using TrainingSession<float> session = plan.Start(seed: 42);
        double loss = session.Step(moons.Features<float>(), moons.Targets<float>());

        TimeSpan own = Stopwatch.GetElapsedTime(start);
        TimeSpan all = DateTime.Now - Process.GetCurrentProcess().StartTime;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{moons}: first step after {all.TotalMilliseconds:F0} ms, {own.TotalMilliseconds:F0} ms of them in the library; loss {loss:F4}"
            )
        );
        return 0;
    }
}
