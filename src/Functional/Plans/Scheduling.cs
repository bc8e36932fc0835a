using Functional.Graphs;

namespace Functional.Plans;

/// <summary>Orders steps: every value before its readers, and every reader of a parameter or state before the step that overwrites it.</summary>
internal static class Scheduling
{
    public static ValueList<Step> Order(Graph graph, ValueList<Step> steps)
    {
        Dictionary<Node, int> writers = [];
        for (int i = 0; i < steps.Count; i++)
            foreach (Node node in steps[i].Writes)
                writers[node] = i;

        HashSet<int>[] before = [.. steps.Select(_ => new HashSet<int>())];
        ILookup<Node, int> readers = steps
            .SelectMany((step, index) => step.Reads.Select(node => (Node: Storage.Of(node), index)))
            .ToLookup(read => read.Node, read => read.index);
        for (int i = 0; i < steps.Count; i++)
            foreach (Node read in steps[i].Reads)
                if (writers.TryGetValue(Storage.Of(read), out int writer) && writer != i)
                    before[i].Add(writer);
        foreach ((Node source, Node updated) in Storage.Updates(graph))
            if (writers.TryGetValue(updated, out int writer))
                foreach (int reader in readers[source])
                    if (reader != writer)
                        before[writer].Add(reader);

        // Among the steps that can run, the one that comes first in the graph: forward, then layer by layer back.
        List<Step> ordered = [];
        HashSet<int> done = [];
        SortedSet<(int Order, int Index)> waiting = [.. steps.Select((step, index) => (OrderOf(step), index))];
        while (waiting.Count > 0)
        {
            (int Order, int Index) next = waiting.FirstOrDefault(
                candidate => before[candidate.Index].IsSubsetOf(done),
                (Order: -1, Index: -1)
            );
            if (next.Index < 0)
                throw new InternalErrorException("steps wait for each other", graph.ToString());
            waiting.Remove(next);
            done.Add(next.Index);
            ordered.Add(steps[next.Index]);
        }
        return ordered.ToValueList();
    }

    private static int OrderOf(Step step) =>
        step switch
        {
            Step.MatMul matMul => matMul.Product.Id,
            Step.Reduce reduce => reduce.Sum.Id,
            _ => step.Computes.Min(node => node.Id),
        };
}
