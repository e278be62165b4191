"""The shipped ONNX models, and how they are made."""
