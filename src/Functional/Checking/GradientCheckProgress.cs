namespace Functional;

/// <summary>How far a gradient check has come.</summary>
/// <param name="Decided">
/// How many derivatives are decided: elements of the gradient, or derivatives along directions; of a Hessian directions, each with a derivative by
/// every parameter.
/// </param>
/// <param name="Total">How many there are to decide. Those that no point decides remain.</param>
/// <param name="Point">The point that is tried, from 1: what one leaves undecided, of a Hessian the direction, is tried at the next.</param>
/// <param name="Part">
/// Once the whole has failed, the part of the network that is checked by itself to locate the fault, or the loss, as code; the numbers are then
/// of this part. Otherwise null.
/// </param>
public sealed record GradientCheckProgress(int Decided, int Total, int Point, string? Part);
