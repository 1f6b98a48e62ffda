"""Pure builders: records and arrays in, a plotly figure or a Pillow image out."""
