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

        Dictionary<Node, int> overwriters = [];
        foreach ((Node source, Node updated) in Storage.Updates(graph))
            if (writers.TryGetValue(updated, out int writer))
                overwriters[source] = writer;

        List<int>[] next = [.. steps.Select(_ => new List<int>())];
        int[] missing = new int[steps.Count];
        for (int i = 0; i < steps.Count; i++)
            foreach (Node read in steps[i].Reads.Select(Storage.Of))
            {
                if (writers.TryGetValue(read, out int writer))
                    Precede(writer, i);
                if (overwriters.TryGetValue(read, out int overwriter))
                    Precede(i, overwriter);
            }

        // Among the steps that can run, the one that comes first in the graph: forward, then layer by layer back.
        List<Step> ordered = [];
        PriorityQueue<int, (int Order, int Index)> ready = new();
        for (int i = 0; i < steps.Count; i++)
            if (missing[i] == 0)
                ready.Enqueue(i, (OrderOf(steps[i]), i));
        while (ready.TryDequeue(out int step, out _))
        {
            ordered.Add(steps[step]);
            foreach (int later in next[step])
                if (--missing[later] == 0)
                    ready.Enqueue(later, (OrderOf(steps[later]), later));
        }
        if (ordered.Count < steps.Count)
            throw new InternalErrorException(
                "steps wait for each other",
                string.Join(
                    Environment.NewLine,
                    steps.Except(ordered).Select(PlanPrinter.Print).Append(graph.ToString())
                )
            );
        return ordered.ToValueList();

        void Precede(int first, int second)
        {
            if (first == second)
                return;
            next[first].Add(second);
            missing[second]++;
        }
    }

    private static int OrderOf(Step step) =>
        step switch
        {
            Step.MatMul matMul => matMul.Product.Id,
            Step.Reduce reduce => reduce.Sum.Id,
            _ => step.Computes.Min(node => node.Id),
        };
}
