namespace Functional.Cli;

/// <summary>The loss that a network is trained with when the command line names none.</summary>
internal static class DefaultLoss
{
    /// <summary>By the last layer: probabilities are compared by cross-entropy, other numbers by mean squared error.</summary>
    public static Loss Of(Network network, Shape? input = null) =>
        network.Describe(input) is [.., { Layer: Network.Activate { Activation.Name: var name } }]
            ? name switch
            {
                "Sigmoid" => Loss.BinaryCrossEntropy,
                "Softmax" or "LogSoftmax" => Loss.CrossEntropy,
                _ => Loss.MeanSquaredError,
            }
            : Loss.MeanSquaredError;

    /// <summary>By the data: classes by cross-entropy (binary for one output), numbers by mean squared error.</summary>
    public static Loss Of(Network network, Dataset data) =>
        data.ClassCount is null ? Loss.MeanSquaredError
        : data.ClassCount == 2 && network.OutputShape.Count == 1 ? Loss.BinaryCrossEntropy
        : Loss.CrossEntropy;
}
