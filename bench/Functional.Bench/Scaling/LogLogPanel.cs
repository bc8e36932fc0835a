using System.Globalization;
using System.Net;
using System.Text;

namespace Functional.Bench;

/// <summary>A plot of times against sizes, both axes logarithmic, as a part of one SVG picture.</summary>
/// <param name="Title">What is plotted.</param>
/// <param name="Unit">What the sizes count.</param>
/// <param name="ReferenceName">What the line without points is.</param>
/// <param name="Points">Sizes and seconds, by size.</param>
/// <param name="Reference">Sizes and seconds of that line.</param>
public sealed record LogLogPanel(
    string Title,
    string Unit,
    string ReferenceName,
    ValueList<(double Size, double Seconds)> Points,
    ValueList<(double Size, double Seconds)> Reference
)
{
    // Pixels: of a panel, of its plot inside, and where the panels begin.
    private const int PanelWidth = 440;
    private const int PanelHeight = 470;
    private const int PlotLeft = 70;
    private const int PlotTop = 50;
    private const int PlotWidth = PanelWidth - PlotLeft - 25;
    private const int PlotHeight = PanelHeight - PlotTop - 60;
    private const int Head = 64;

    private const string Style = """
        text { font: 13px sans-serif; fill: #333 } .legend { fill: #c2410c }
        .title { font-size: 17px; fill: #111 } .panel { font-size: 15px; fill: #111 }
        .minor { stroke: #eee } .major { stroke: #ccc } .frame { fill: none; stroke: #888 }
        .line { fill: none; stroke: #0b62c4; stroke-width: 2 } .point { fill: #0b62c4 }
        .reference { fill: none; stroke: #c2410c; stroke-width: 1.5; stroke-dasharray: 6 4 }
        """;

    /// <summary>The panels side by side under a title and a line of text, as SVG.</summary>
    public static string Draw(string title, string text, IReadOnlyList<LogLogPanel> panels)
    {
        int width = panels.Count * PanelWidth;
        StringBuilder svg = new();
        svg.AppendLine(
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {Head + PanelHeight}" width="{width}" height="{Head + PanelHeight}" role="img">"""
        );
        svg.AppendLine($"<title>{Escaped(title)}</title>");
        svg.AppendLine($"<style>{Style}</style>");
        svg.AppendLine($"""<rect width="{width}" height="{Head + PanelHeight}" fill="#fff"/>""");
        svg.AppendLine(Text(20, 28, "title", "start", title));
        svg.AppendLine(Text(20, 50, "", "start", text));
        for (int i = 0; i < panels.Count; i++)
        {
            svg.AppendLine($"""<g transform="translate({i * PanelWidth} {Head})">""");
            panels[i].Draw(svg);
            svg.AppendLine("</g>");
        }
        return svg.AppendLine("</svg>").ToString();
    }

    private void Draw(StringBuilder svg)
    {
        IEnumerable<(double Size, double Seconds)> all = Points.Concat(Reference);
        LogScale x = new(Points.Min(point => point.Size), Points.Max(point => point.Size), PlotLeft, PlotWidth);
        LogScale y = new(
            LogScale.DecadeBelow(all.Min(point => point.Seconds)),
            LogScale.DecadeAbove(all.Max(point => point.Seconds)),
            PlotTop + PlotHeight,
            -PlotHeight
        );
        svg.AppendLine(Text(PlotLeft + PlotWidth / 2, 16, "panel", "middle", Title));
        svg.AppendLine(Text(PlotLeft + PlotWidth / 2, 38, "legend", "middle", $"- - -  {ReferenceName}"));

        foreach ((double value, bool isMajor) in x.Ticks())
            svg.AppendLine(Line(x.At(value), PlotTop, x.At(value), PlotTop + PlotHeight, isMajor));
        foreach ((double value, bool isMajor) in y.Ticks())
            svg.AppendLine(Line(PlotLeft, y.At(value), PlotLeft + PlotWidth, y.At(value), isMajor));
        foreach (double value in x.Labels())
            svg.AppendLine(
                Text(
                    x.At(value),
                    PlotTop + PlotHeight + 20,
                    "",
                    "middle",
                    value.ToString("N0", CultureInfo.InvariantCulture)
                )
            );
        foreach ((double value, bool isMajor) in y.Ticks())
            if (isMajor)
                svg.AppendLine(Text(PlotLeft - 8, y.At(value) + 4, "", "end", Duration(value)));
        svg.AppendLine(Text(PlotLeft + PlotWidth / 2, PlotTop + PlotHeight + 44, "", "middle", Unit));
        svg.AppendLine(
            $"""<text transform="translate(16 {PlotTop + PlotHeight / 2}) rotate(-90)" text-anchor="middle">time of a step</text>"""
        );
        svg.AppendLine(
            $"""<rect class="frame" x="{PlotLeft}" y="{PlotTop}" width="{PlotWidth}" height="{PlotHeight}"/>"""
        );
        svg.AppendLine(Curve("reference", Reference));
        svg.AppendLine(Curve("line", Points));
        foreach ((double size, double seconds) in Points)
            svg.AppendLine(
                Invariant(
                    $"""<circle class="point" cx="{x.At(size):F1}" cy="{y.At(seconds):F1}" r="3"><title>{size:N0} {Unit}: {seconds * 1e6:N2} µs</title></circle>"""
                )
            );

        string Curve(string style, IEnumerable<(double Size, double Seconds)> points) =>
            $"""<polyline class="{style}" points="{string.Join(' ', points.Select(point => Invariant($"{x.At(point.Size):F1},{y.At(point.Seconds):F1}")))}"/>""";
    }

    private static string Duration(double seconds) =>
        seconds switch
        {
            < 0.99e-6 => Invariant($"{seconds * 1e9:0} ns"),
            < 0.99e-3 => Invariant($"{seconds * 1e6:0} µs"),
            < 0.99 => Invariant($"{seconds * 1e3:0} ms"),
            _ => Invariant($"{seconds:0} s"),
        };

    private static string Text(double x, double y, string style, string anchor, string text) =>
        Invariant($"""<text class="{style}" x="{x:F1}" y="{y:F1}" text-anchor="{anchor}">{Escaped(text)}</text>""");

    private static string Line(double x1, double y1, double x2, double y2, bool isMajor) =>
        Invariant(
            $"""<line class="{(isMajor ? "major" : "minor")}" x1="{x1:F1}" y1="{y1:F1}" x2="{x2:F1}" y2="{y2:F1}"/>"""
        );

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
