using System.Buffers;

namespace Functional;

/// <summary>The records of a CSV text, one after the other; fields are spans of it, without quotes and surrounding blanks.</summary>
internal ref struct CsvRecords
{
    private readonly ReadOnlySpan<char> _text;
    private readonly char _delimiter;
    private readonly string _source;
    private readonly SearchValues<char> _fieldEnds;
    private readonly List<Field> _fields = [];
    private int _position;
    private int _nextLine = 1;

    public CsvRecords(ReadOnlySpan<char> text, char delimiter, string source)
    {
        if (delimiter is '"' or '\r' or '\n')
            throw new DataException(
                $"CSV '{source}': the delimiter cannot be a quote or a line break. Use ',' or ';' or '\\t'."
            );
        _text = text;
        _delimiter = delimiter;
        _source = source;
        _fieldEnds = SearchValues.Create([delimiter, '\r', '\n', '"']);
    }

    private readonly record struct Field(int Start, int Length, bool Quoted, bool HasEscapes);

    /// <summary>The line that the record begins on, counted from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The number of fields of the record.</summary>
    public readonly int Count => _fields.Count;

    /// <summary>The text of a field; doubled quotes inside quotes made single.</summary>
    public readonly ReadOnlySpan<char> this[int index]
    {
        get
        {
            Field field = _fields[index];
            ReadOnlySpan<char> raw = _text.Slice(field.Start, field.Length);
            return field.HasEscapes ? raw.ToString().Replace("\"\"", "\"", StringComparison.Ordinal) : raw;
        }
    }

    /// <summary>Moves to the next record that is not an empty line; false at the end.</summary>
    public bool Read()
    {
        while (_position < _text.Length)
        {
            Line = _nextLine;
            _fields.Clear();
            while (ReadField()) { }
            bool blank = _fields is [{ Quoted: false, Length: 0 }];
            if (!blank)
                return true;
        }
        return false;
    }

    // One field and what ends it; whether the record goes on.
    private bool ReadField()
    {
        SkipBlanks();
        if (_position < _text.Length && _text[_position] == '"')
            ReadQuoted();
        else
            ReadPlain();
        if (_position == _text.Length)
            return false;
        char end = _text[_position++];
        if (end == _delimiter)
            return true;
        if (end == '\r' && _position < _text.Length && _text[_position] == '\n')
            _position++;
        _nextLine++;
        return false;
    }

    private void ReadPlain()
    {
        ReadOnlySpan<char> rest = _text[_position..];
        int length = rest.IndexOfAny(_fieldEnds);
        if (length < 0)
            length = rest.Length;
        else if (rest[length] == '"')
            throw Error(
                "a quote inside a field that does not begin with one. Quote the whole field and double the quotes inside it."
            );
        _fields.Add(new Field(_position, rest[..length].TrimEnd().Length, Quoted: false, HasEscapes: false));
        _position += length;
    }

    private void ReadQuoted()
    {
        int start = ++_position;
        bool hasEscapes = false;
        while (true)
        {
            int length = _text[_position..].IndexOf('"');
            if (length < 0)
                throw Error("a quote that never closes. Close it; double the quotes inside a field.");
            CountLines(_text.Slice(_position, length));
            _position += length + 1;
            if (_position == _text.Length || _text[_position] != '"')
                break;
            hasEscapes = true;
            _position++;
        }
        int end = _position - 1;
        SkipBlanks();
        if (_position < _text.Length && _text[_position] != _delimiter && _text[_position] is not ('\r' or '\n'))
            throw Error("text after a closing quote. Double the quotes inside a field.");
        _fields.Add(new Field(start, end - start, Quoted: true, hasEscapes));
    }

    private void SkipBlanks()
    {
        while (_position < _text.Length && _text[_position] != _delimiter && _text[_position] is ' ' or '\t')
            _position++;
    }

    private void CountLines(ReadOnlySpan<char> text)
    {
        for (int i = text.IndexOfAny('\r', '\n'); i >= 0; i = text.IndexOfAny('\r', '\n'))
        {
            _nextLine++;
            bool pair = text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n';
            text = text[(i + (pair ? 2 : 1))..];
        }
    }

    private readonly DataException Error(string problem) =>
        new($"CSV '{_source}', line {Line}, column {_fields.Count}: {problem}");
}
