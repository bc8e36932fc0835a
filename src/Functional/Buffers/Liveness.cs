using Functional.Graphs;
using Functional.Plans;

namespace Functional.Buffers;

/// <summary>From which step to which a stored value is needed.</summary>
internal static class Liveness
{
    /// <summary>For every value that a step leaves in memory: the step that writes it and the last one that reads it.</summary>
    public static Dictionary<Node, (int First, int Last)> Of(ValueList<Step> steps)
    {
        Dictionary<Node, (int First, int Last)> lives = [];
        for (int i = 0; i < steps.Count; i++)
        {
            foreach (Node read in steps[i].Reads.Select(Storage.Of))
                if (lives.TryGetValue(read, out (int First, int Last) life))
                    lives[read] = (life.First, i);
            foreach (Node written in steps[i].Writes.Select(Storage.Of))
                lives[written] = (i, i);
        }
        return lives;
    }
}
