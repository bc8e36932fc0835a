namespace Functional;

/// <summary>What a network is evaluated for: some layers do one thing in training and another afterwards.</summary>
public enum LayerMode
{
    /// <summary>A step of training: dropout drops, batch normalization takes the batch's own statistics.</summary>
    Training,

    /// <summary>Prediction: dropout is absent, batch normalization takes the running statistics.</summary>
    Inference,
}
